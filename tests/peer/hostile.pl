#!/usr/bin/perl
# SPDX-License-Identifier: BSD-3-Clause
# A receiver that breaks the rules, in clear (PS3.8, PS3.7), one way at a time.
#
#   hostile.pl [--life SECONDS] [SCENARIO]
#
# Prints "port N" and serves one connection after the other, for SECONDS (120).
# Without a SCENARIO the called AE title names it, so that one process serves a
# whole test. What it is asked and does goes to standard output.
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);

use constant {
  A_ASSOCIATE_RQ => 1, A_ASSOCIATE_AC => 2, A_ASSOCIATE_RJ => 3, P_DATA => 4,
  A_RELEASE_RQ => 5, A_RELEASE_RP => 6, A_ABORT => 7,
  APPLICATION => 0x10, CONTEXT => 0x21, SYNTAX => 0x40, USER => 0x50, MAX_LENGTH => 0x51,
  COMMAND => 1, LAST => 2,
  C_STORE_RSP => 0x8001, NO_DATA_SET => 0x0101,
};

# --- the client

my $client;   # its socket
my $patience; # seconds to wait for it
my $pace;     # seconds between two bytes, if they are to dribble

# Ends the conversation, from wherever it is.
sub gone { die "gone\n" }

sub end {
  my ($how) = @_;
  setsockopt $client, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) if $how eq 'reset';
  gone();
}

sub take {
  my ($size) = @_;
  my $bytes = '';
  while (length $bytes < $size) {
    my $ready = '';
    vec($ready, fileno $client, 1) = 1;
    select($ready, undef, undef, $patience) or gone();
    sysread($client, $bytes, $size - length $bytes, length $bytes) or gone();
  }
  return $bytes;
}

sub give {
  my ($bytes) = @_;
  my $step = $pace ? 1 : length $bytes;
  for (my $at = 0; $at < length $bytes;) {
    my $n = syswrite $client, $bytes, $step, $at;
    gone() unless $n;
    $at += $n;
    select undef, undef, undef, $pace if $pace;
  }
}

# What a scenario answers: bytes to send, \'close' or \'reset', [bytes] without end.
sub act {
  for my $deed (@_) {
    end($$deed) if ref $deed eq 'SCALAR';
    while (ref $deed) { give($deed->[0]) }
    give($deed);
  }
}

# --- PDUs (PS3.8 9.3) and command sets (PS3.7 E.1)

sub pdu  { my ($type, $body) = @_; return pack('CxN', $type, length $body) . $body }
sub item { my ($type, $body) = @_; return pack('Cxn', $type, length $body) . $body }
# An item whose length field lies.
sub liar { my ($type, $length, $body) = @_; return pack('Cxn', $type, $length) . $body }
sub pdv  { my ($id, $control, $bytes) = @_; return pack('NCC', 2 + length $bytes, $id, $control) . $bytes }

sub context {
  my ($id, $result, @syntaxes) = @_;
  return item(CONTEXT, pack('CxCx', $id, $result) . join '', map { item(SYNTAX, $_) } @syntaxes);
}

sub contexts { my ($asked) = @_; return join '', map { context($_->[0], 0, $_->[1]) } @{ $asked->{contexts} } }
sub application { return item(APPLICATION, '1.2.840.10008.3.1.1.1') }

sub user {
  my ($max, $more) = @_;
  return item(USER, item(MAX_LENGTH, pack 'N', $max) . item(0x52, '1.2.3.4') . item(0x55, 'HOSTILE') . ($more // ''));
}

# With other items than asked for: %is names those that differ.
sub accepted {
  my ($asked, %is) = @_;
  return pdu(A_ASSOCIATE_AC, pack('nx2a16a16x32', $is{protocol} // 1, $asked->{called}, $asked->{calling})
      . ($is{application} // application()) . ($is{contexts} // contexts($asked)) . ($is{user} // user(16384)));
}

sub element {
  my ($number, $value) = @_;
  $value .= "\0" if length($value) % 2;
  return pack('vvV', 0, $number, length $value) . $value;
}

# The command set of a response; undef leaves an element out.
sub command {
  my ($asked, %is) = @_;
  my %value = (class => $asked->{class}, field => $asked->{field} | 0x8000, id => $asked->{id},
    set => NO_DATA_SET, status => 0, uid => $asked->{uid}, %is);
  my $set = '';
  my @elements = ([class => 0x0002], [field => 0x0100, 'v'], [id => 0x0120, 'v'], [set => 0x0800, 'v'],
    [status => 0x0900, 'v'], [offending => 0x0901], [comment => 0x0902], [uid => 0x1000]);
  for (@elements) {
    my ($name, $number, $as) = @$_;
    next unless defined $value{$name};
    $set .= element($number, $as ? pack($as, $value{$name}) : $value{$name});
  }
  return element(0x0000, pack 'V', length $set) . $set;
}

sub fragment { my ($asked, $control, $bytes) = @_; return pdu(P_DATA, pdv($asked->{context}, $control, $bytes)) }
sub response { my ($asked, %is) = @_; return fragment($asked, COMMAND | LAST, command($asked, %is)) }

# One PDV whose length field says otherwise.
sub misfit {
  my ($asked, $length) = @_;
  my $bytes = pdv($asked->{context}, COMMAND | LAST, command($asked));
  return pdu(P_DATA, pack('N', $length) . substr $bytes, 4);
}

# A head with any type and length, and 64 bytes.
sub claim { my ($type, $length) = @_; return pack('CxN', $type, $length) . "\0" x 64 }

sub halves { my ($bytes) = @_; my $half = length($bytes) / 2; return (substr($bytes, 0, $half), substr $bytes, $half) }

# --- the scenarios: what is answered to a request, an object, a release. They
# get what was asked. Those that are absent do what is right.

my %on_request = (
  'ac-cut'         => sub { (halves(accepted(@_)))[0], \'close' },
  'ac-cut-reset'   => sub { (halves(accepted(@_)))[0], \'reset' },
  'ac-cut-wait'    => sub { (halves(accepted(@_)))[0] },
  'ac-empty'       => sub { pdu(A_ASSOCIATE_AC, '') },
  'ac-tiny'        => sub { pdu(A_ASSOCIATE_AC, "\0\1\0\0" . 'X' x 16) },
  'ac-no-user'     => sub { accepted(@_, user => '') },
  'ac-titles'      => sub { accepted({ %{ $_[0] }, called => 'SOMEBODY', calling => "\0" x 16 }) },
  'ac-bare'        => sub { accepted(@_, application => '', contexts => '', user => '') },
  'ac-protocol'    => sub { accepted(@_, protocol => 0) },
  'ac-item-long'   => sub { accepted(@_, user => liar(USER, 65535, item(MAX_LENGTH, pack 'N', 16384))) },
  'ac-item-short'  => sub { accepted(@_, application => liar(APPLICATION, 3, '1.2.840.10008.3.1.1.1')) },
  'ac-item-zero'   => sub { accepted(@_, application => item(APPLICATION, ''), contexts => item(CONTEXT, ''), user => item(USER, '')) },
  'ac-item-cut'    => sub { accepted(@_, user => user(16384) . "\x50\0\0") },
  'ac-sub-zero'    => sub { accepted(@_, user => item(USER, join '', map { item($_, '') } 0x51 .. 0x59)) },
  'ac-sub-long'    => sub { accepted(@_, user => item(USER, liar(0x52, 60, '1.2.3'))) },
  'ac-sub-cut'     => sub { accepted(@_, user => item(USER, "\x52\0")) },
  'ac-uid-long'    => sub { accepted(@_, user => item(USER, item(0x52, '1.' x 100))) },
  'ac-version-long' => sub { accepted(@_, user => item(USER, item(0x55, 'V' x 64))) },
  'ac-max-short'   => sub { accepted(@_, user => item(USER, item(MAX_LENGTH, "\0\0"))) },
  'ac-max-long'    => sub { accepted(@_, user => item(USER, liar(MAX_LENGTH, 400, pack 'N', 16384))) },
  'ac-role'        => sub { accepted(@_, user => user(16384, item(0x54, pack('n', 500) . '1.2.3'))) },
  'ac-role-zero'   => sub { accepted(@_, user => user(16384, item(0x54, pack 'n', 0))) },
  'ac-extended'    => sub { accepted(@_, user => user(16384, item(0x56, pack('n', 500) . '1.2.3'))) },
  'ac-extended-low' => sub { accepted(@_, user => user(16384, liar(0x56, 1, "\0\5") . "\0" x 8)) },
  'ac-identity'    => sub { accepted(@_, user => user(16384, item(0x59, pack('n', 9000) . 'yes'))) },
  'ac-identity-two' => sub { accepted(@_, user => user(16384, item(0x59, pack('n', 3) . 'yes') x 2)) },
  'ac-user-two'    => sub { accepted(@_, user => user(16384) . user(8192)) },
  'ac-unasked'     => sub { accepted(@_, contexts => join '', contexts(@_), map { context($_, 0, '1.2.840.10008.1.2') } 0, 2, 251 ) },
  'ac-unasked-only' => sub { accepted(@_, contexts => context(251, 0, '1.2.840.10008.1.2')) },
  'ac-context-two' => sub { accepted(@_, contexts => contexts(@_) . context($_[0]{contexts}[0][0], 3, '')) },
  'ac-no-syntax'   => sub { accepted(@_, contexts => context($_[0]{contexts}[0][0], 0)) },
  'ac-two-syntaxes' => sub { accepted(@_, contexts => context($_[0]{contexts}[0][0], 0, ('1.2.840.10008.1.2') x 2)) },
  'ac-void-syntax' => sub { accepted(@_, contexts => context($_[0]{contexts}[0][0], 0, '')) },
  'ac-strange'     => sub { accepted(@_, contexts => context($_[0]{contexts}[0][0], 0, '1.2.3.4')) },
  'ac-escape'      => sub { accepted(@_, contexts => context($_[0]{contexts}[0][0], 0, "\e[2J\e]0;owned\a")) },
  'ac-syntax-long' => sub { accepted(@_, contexts => context($_[0]{contexts}[0][0], 0, '1.' x 100)) },
  'ac-result'      => sub { accepted(@_, contexts => join '', map { context($_->[0], 77, $_->[1]) } @{ $_[0]{contexts} }) },
  'ac-refused'     => sub { accepted(@_, contexts => join '', map { context($_->[0], 3, '') } @{ $_[0]{contexts} }) },
  'ac-none'        => sub { accepted(@_, contexts => '') },
  'ac-many'        => sub { accepted(@_, contexts => contexts(@_) . context(251, 3, '') x 60000) },
  'ac-mebibyte'    => sub { accepted(@_, application => application() . liar(0x77, 0, '') x 250000) },
  'ac-two'         => sub { accepted(@_), accepted(@_) },
  'ac-release'     => sub { accepted(@_), pdu(A_RELEASE_RQ, "\0" x 4) },
  'ac-abort'       => sub { accepted(@_), pdu(A_ABORT, "\0\0\2\6") },
  'ac-abort-close' => sub { accepted(@_), pdu(A_ABORT, "\0\0\2\6"), \'close' },
  'ac-garbage'     => sub { accepted(@_), 'GET / HTTP/1.1' . "\r\n" x 100 },
  'ac-slow'        => sub { $pace = 0.1; accepted(@_) },
  'rj-empty'       => sub { pdu(A_ASSOCIATE_RJ, '') },
  'rj-short'       => sub { pdu(A_ASSOCIATE_RJ, "\0\1") },
  'rj-long'        => sub { pdu(A_ASSOCIATE_RJ, "\0\1\1\7" x 50) },
  'early-request'  => sub { pdu(A_ASSOCIATE_RQ, substr accepted(@_), 6) },
  'early-data'     => sub { fragment({ context => 1 }, COMMAND | LAST, command({ field => 1, id => 1 })) },
  'early-release'  => sub { pdu(A_RELEASE_RQ, "\0" x 4) },
  'early-confirm'  => sub { pdu(A_RELEASE_RP, "\0" x 4) },
  'early-abort'    => sub { pdu(A_ABORT, "\0\0\0\0") },
  'abort-empty'    => sub { pdu(A_ABORT, '') },
  'abort-long'     => sub { pdu(A_ABORT, "\0\0\2\6" x 50) },
  'abort-odd'      => sub { pdu(A_ABORT, "\0\0\x99\xff") },
  'http'           => sub { "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", \'close' },
  'close-request'  => sub { \'close' },
  'reset-request'  => sub { \'reset' },
  'silent-request' => sub { () },
);

my %on_object = (
  'rsp-empty'      => sub { fragment(@_, COMMAND | LAST, '') },
  'rsp-no-field'   => sub { response(@_, field => undef) },
  'rsp-no-id'      => sub { response(@_, id => undef) },
  'rsp-no-status'  => sub { response(@_, status => undef) },
  'rsp-no-uid'     => sub { response(@_, class => undef, uid => undef) },
  'rsp-cut'        => sub { fragment(@_, COMMAND | LAST, substr command(@_), 0, -5) },
  'rsp-id'         => sub { response(@_, id => $_[0]{id} + 1) },
  'rsp-uid'        => sub { response(@_, uid => '1.2.3') },
  'rsp-uid-long'   => sub { response(@_, uid => '1.' x 100) },
  'rsp-echo'       => sub { response(@_, field => 0x8030) },
  'rsp-request'    => sub { response(@_, field => 1) },
  'rsp-data'       => sub { response(@_, set => 0), fragment(@_, 0, 'x' x 100), fragment(@_, LAST, 'x' x 100) },
  'rsp-data-none'  => sub { response(@_, set => 0) },
  'rsp-data-first' => sub { fragment(@_, LAST, 'x' x 100), response(@_) },
  'rsp-data-odd'   => sub { response(@_, set => 0), response(@_) },
  'rsp-comment'    => sub { response(@_, status => 0xa700, comment => "\e[2J\e]0;owned\a\n\x{ff}" x 12) },
  'rsp-comment-big' => sub { response(@_, status => 0xa700, comment => 'x' x 15000) },
  'rsp-offending'  => sub { response(@_, status => 0xa900, offending => "\x08\x00\x18\x00" x 500 . "\1\2") },
  'rsp-context'    => sub { pdu(P_DATA, pdv(99, COMMAND | LAST, command(@_))) },
  'rsp-context-two' => sub { my ($a, $b) = halves(command(@_)); fragment(@_, COMMAND, $a), pdu(P_DATA, pdv(99, COMMAND | LAST, $b)) },
  'rsp-control'    => sub { fragment(@_, 0xff, command(@_)) },
  'rsp-control-odd' => sub { fragment(@_, 0xfc, command(@_)) },
  'rsp-pdv-long'   => sub { misfit(@_, 5000) },
  'rsp-pdv-short'  => sub { misfit(@_, 20) },
  'rsp-pdv-zero'   => sub { misfit(@_, 0) },
  'rsp-pdv-one'    => sub { misfit(@_, 1) },
  'rsp-pdv-huge'   => sub { misfit(@_, 0xffffffff) },
  'rsp-pdv-minus'  => sub { misfit(@_, 0xfffffffa) },
  'rsp-pdu-empty'  => sub { pdu(P_DATA, '') },
  'rsp-pdu-three'  => sub { pdu(P_DATA, "\0\0\0") },
  'rsp-mebibyte'   => sub { fragment(@_, COMMAND | LAST, 'x' x (1 << 20)) },
  'rsp-16k'        => sub { fragment(@_, COMMAND | LAST, command(@_) . element(0x0902, 'x' x 16500)) },
  'rsp-endless'    => sub { [fragment(@_, COMMAND, 'x' x 16000)] },
  'rsp-three'      => sub { my $c = command(@_); my $id = $_[0]{context};
      pdu(P_DATA, pdv($id, COMMAND, substr $c, 0, 4) . pdv($id, COMMAND, substr $c, 4, -2) . pdv($id, COMMAND | LAST, substr $c, -2)) },
  'rsp-three-wide' => sub { my $c = command(@_); my $id = $_[0]{context};
      pdu(P_DATA, pdv($id, COMMAND, '') . pdv($id, COMMAND, $c . element(0x0902, 'x' x 15000)) . pdv($id, COMMAND | LAST, '')) },
  'rsp-bytes'      => sub { my @c = split //, command(@_); my $last = pop @c;
      (map { fragment($_[0], COMMAND, $_) } @c), fragment($_[0], COMMAND | LAST, $last) },
  'rsp-bytes-one'  => sub { my ($asked) = @_; my @c = split //, command(@_); my $last = pop @c;
      pdu(P_DATA, join('', map { pdv($asked->{context}, COMMAND, $_) } @c) . pdv($asked->{context}, COMMAND | LAST, $last)) },
  'rsp-two'        => sub { response(@_), response(@_) },
  'rsp-ac'         => sub { accepted(@_) },
  'rsp-rj'         => sub { pdu(A_ASSOCIATE_RJ, "\0\1\1\1") },
  'rsp-rq'         => sub { pdu(A_ASSOCIATE_RQ, substr accepted(@_), 6) },
  'rsp-release'    => sub { pdu(A_RELEASE_RQ, "\0" x 4) },
  'rsp-confirm'    => sub { pdu(A_RELEASE_RP, "\0" x 4) },
  'rsp-abort'      => sub { pdu(A_ABORT, "\0\0\0\0") },
  'rsp-abort-empty' => sub { pdu(A_ABORT, '') },
  'flood-data'     => sub { response(@_, set => 0), [fragment(@_, 0, 'x' x 16000)] },
  'flood-nothing'  => sub { [fragment(@_, COMMAND, '')] },
  'flood-abort'    => sub { response(@_, id => $_[0]{id} + 1), [pdu(A_RELEASE_RP, '') . 'xxxxxx'] },
  'close-object'   => sub { \'close' },
  'reset-object'   => sub { \'reset' },
  'close-response' => sub { (halves(response(@_)))[0], \'close' },
  'reset-response' => sub { (halves(response(@_)))[0], \'reset' },
  'wait-response'  => sub { (halves(response(@_)))[0] },
  'silent-object'  => sub { () },
);

my %on_release = (
  'rp-empty'       => sub { pdu(A_RELEASE_RP, '') },
  'rp-long'        => sub { pdu(A_RELEASE_RP, "\0" x 5000) },
  'rp-ac'          => sub { accepted(@_) },
  'rp-data'        => sub { response(@_) },
  'rp-release'     => sub { pdu(A_RELEASE_RQ, "\0" x 4) },
  'rp-abort'       => sub { pdu(A_ABORT, "\0\0\2\0") },
  'rp-flood'       => sub { [pdu(A_RELEASE_RP, '') . 'xxxxxx'] },
  'close-release'  => sub { \'close' },
  'reset-release'  => sub { \'reset' },
  'silent-release' => sub { () },
);

# Those with numbers in their names.
sub numbered {
  my ($name) = @_;
  my ($what, @n) = split /:/, $name;
  $on_request{$name} = sub { accepted(@_, user => user($n[0])) } if $what eq 'max';
  $on_request{$name} = sub { pdu(A_ASSOCIATE_RJ, pack 'xC3', @n) } if $what eq 'rj';
  $on_request{$name} = sub { claim(map { hex } @n) } if $what eq 'pdu';
  $on_object{$name} = sub { claim(map { hex } @n) } if $what eq 'rsp';
  $on_object{$name} = sub { response(@_, status => hex $n[0]) } if $what eq 'status';
  $pace = 0.001 if $what eq 'dribble';
  if ($what eq 'mutate') {
    srand $n[0];
    my $table = (\%on_request, \%on_request, \%on_object, \%on_object, \%on_release)[rand 5];
    my $right = $table == \%on_request ? \&accepted : $table == \%on_object ? \&response : \&confirmed;
    $table->{$name} = sub { mutated(@_, $right->(@_)) };
    $patience = 0.15;
  }
}

sub confirmed { return pdu(A_RELEASE_RP, "\0" x 4) }

# One to three faults; half of the time the PDU's own length is made to fit.
sub mutated {
  my ($asked, $bytes) = @_;
  my @odd = (0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0xfe, 0xff);
  for (0 .. rand 3) {
    my $at = int rand length $bytes;
    my $span = int rand 12;
    my $how = int rand 7;
    $span = length($bytes) - $at if $span > length($bytes) - $at;
    substr($bytes, $at, 1) = chr int rand 256 if $how == 0;
    substr($bytes, $at, 1) = chr $odd[rand @odd] if $how == 1;
    substr($bytes, $at, 1) = chr(ord(substr $bytes, $at, 1) ^ 1 << rand 8) if $how == 2;
    substr($bytes, $at, $span) = '' if $how == 3 && $span < length $bytes;
    substr($bytes, $at, 0) = join '', map { chr int rand 256 } 1 .. $span if $how == 4;
    substr($bytes, $at, 0) = substr $bytes, $at, $span if $how == 5;
    substr($bytes, $at) = '' if $how == 6 && $at > 0 && rand 2 < 1;
  }
  substr($bytes, 2, 4) = pack 'N', length($bytes) - 6 if length $bytes >= 6 && rand 2 < 1;
  return $bytes;
}

# --- the conversation

sub note { my ($name, $what) = @_; print "$name: $what\n" }

sub unpadded { my ($text) = @_; $text =~ s/[ \0]+$//; return $text }

# The items of a PDU or of another item: [type, body].
sub items {
  my ($bytes) = @_;
  my @found;
  while (length $bytes >= 4) {
    my ($type, $length) = unpack 'Cxn', $bytes;
    push @found, [$type, substr $bytes, 4, $length];
    $bytes = substr $bytes, 4 + $length;
  }
  return @found;
}

# The command set of a request: element number to value.
sub elements {
  my ($bytes) = @_;
  my %found;
  while (length $bytes >= 8) {
    my ($group, $number, $length) = unpack 'vvV', $bytes;
    $found{$number} = substr $bytes, 8, $length;
    $bytes = substr $bytes, 8 + $length;
  }
  return \%found;
}

# Would these bytes tell an honest client that its request succeeded?
sub acknowledges {
  my ($asked, $bytes) = @_;
  my ($field, $id) = map { quotemeta element($_->[0], pack 'v', $_->[1]) } [0x0100, C_STORE_RSP], [0x0120, $asked->{id}];
  my $status = quotemeta(pack 'vvV', 0, 0x0900, 2) . '(?:\x00\x00|\x01\x00|\x07\x01|\x16\x01|.[\xb0-\xbf])';
  return $bytes =~ /$field/s && $bytes =~ /$id/s && $bytes =~ /$status/s;
}

sub take_pdu {
  my ($type, $length) = unpack 'CxN', take(6);
  return ($type, take($length));
}

sub take_request {
  my ($type, $body) = take_pdu();
  gone() unless $type == A_ASSOCIATE_RQ;
  my ($called, $calling) = unpack 'x4a16a16', $body;
  my %asked = (called => unpadded($called), calling => $calling, contexts => []);
  for (items(substr $body, 68)) {
    my ($type, $context) = @$_;
    next unless $type == 0x20;
    my ($syntax) = grep { $_->[0] == SYNTAX } items(substr $context, 4);
    push @{ $asked{contexts} }, [ord $context, unpadded($syntax->[1])];
  }
  return \%asked;
}

# Answer a message once its last fragment is there.
sub take_data {
  my ($asked, $name, $body) = @_;
  while (length $body >= 6) {
    my ($length, $id, $control) = unpack 'NCC', $body;
    $asked->{bytes} .= substr $body, 6, $length - 2 if $control & COMMAND;
    $body = substr $body, 4 + $length;
    next unless $control & LAST;
    if ($control & COMMAND) {
      my $is = elements($asked->{bytes});
      $asked->{bytes} = '';
      $asked->{context} = $id;
      @$asked{qw(field id set)} = map { unpack 'v', $is->{$_} } 0x0100, 0x0110, 0x0800;
      @$asked{qw(class uid)} = @$is{ 0x0002, 0x1000 };
      next unless $asked->{set} == NO_DATA_SET;
    }
    my @deeds = ($on_object{$name} || \&response)->($asked);
    note($name, 'acknowledged') if acknowledges($asked, join '', grep { !ref } @deeds);
    act(@deeds);
  }
}

sub serve {
  my ($name) = @_;
  ($patience, $pace) = (20, undef);
  end($1) if ($name // '') =~ /^(close|reset)-accept$/;
  my $asked = take_request();
  $name //= $asked->{called};
  numbered($name);
  note($name, 'asked');
  act(($on_request{$name} || \&accepted)->($asked));
  for (;;) {
    my ($type, $body) = take_pdu();
    end($1) if $name =~ /^(close|reset)-data$/;
    take_data($asked, $name, $body) if $type == P_DATA;
    act(($on_release{$name} || \&confirmed)->($asked)) if $type == A_RELEASE_RQ;
    gone() if $type == A_ABORT;
  }
}

my $life = 120;
(undef, $life) = splice @ARGV, 0, 2 if @ARGV > 1 && $ARGV[0] eq '--life';
$SIG{PIPE} = 'IGNORE';
$| = 1;
alarm $life;
my $listener = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1') or die "cannot listen: $@\n";
print 'port ', $listener->sockport, "\n";
while ($client = $listener->accept) {
  eval { serve($ARGV[0]); 1 } or $@ eq "gone\n" or die $@;
  close $client;
}
