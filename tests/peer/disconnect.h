/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_DISCONNECT_H
#define PEER_DISCONNECT_H

/* Let the peer read our last words and leave, for some seconds at most: closing
 * with its bytes unread would reset the connection and could take those words away. */
void let_go(int fd);

/* Say nothing and read nothing until the peer leaves; --lifetime ends it else. */
void outlast(int fd);

#endif
