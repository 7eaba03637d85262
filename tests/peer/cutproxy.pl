#!/usr/bin/perl
# SPDX-License-Identifier: BSD-3-Clause
# A TCP relay on the loopback that cuts connections in the middle.
#
#   cutproxy.pl [--min BYTES] [--max BYTES] [--seed N] [--cuts N] [--delay MS]
#               [--lifetime SECONDS] PORT
#
# Prints "port N" and hands connections to it on to 127.0.0.1:PORT. Each is cut
# after a number of bytes, both ways counted, that is drawn from MIN (1) to MAX
# (100000): with a reset, or as a normal end, to both sides. After N cuts (no
# limit without) all that come pass whole. MS is the round trip that is added (0).
# A seed (1) gives the same draws for the same sequence of connections. Lines on
# standard output: "cut BYTES reset|end" and "passed BYTES". Ends by itself after
# SECONDS (900).
use strict;
use warnings;
use Errno qw(EAGAIN EINTR);
use Getopt::Long;
use IO::Select;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_LINGER TCP_NODELAY);
use Time::HiRes qw(time);

use constant { CHUNK => 65536, QUEUE_MAX => 1 << 20 };

my %option = (min => 1, max => 100_000, seed => 1, delay => 0, lifetime => 900);
GetOptions(\%option, 'min=i', 'max=i', 'seed=i', 'cuts=i', 'delay=i', 'lifetime=i') && @ARGV == 1
  or die "usage: cutproxy.pl [--min N] [--max N] [--seed N] [--cuts N] [--delay MS] [--lifetime S] PORT\n";
my ($backend) = @ARGV;

# A side of a connection: {socket, peer (the other side), pair, queue: [due, bytes]
# for this socket, queued (bytes), eof (nothing more is to be read), shut}. A pair:
# {bytes so far, budget: cut then; undef: never, how}.
my %side; # by descriptor
my $cuts = 0;

sub say_line { print "@_\n" }

# --- a connection's life

sub may_cut { return !defined $option{cuts} || $cuts < $option{cuts} }

sub begin {
  my ($client) = @_;
  my $budget = $option{min} + int rand($option{max} - $option{min} + 1);
  my $how = rand() < 0.5 ? 'reset' : 'end';
  my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $backend, Proto => 'tcp');
  if (!$server) {
    say_line('nobody there');
    return;
  }
  my %pair = (bytes => 0, budget => $budget, how => $how);
  my ($one, $other) = map { { socket => $_, pair => \%pair, queue => [], queued => 0 } } $client, $server;
  ($one->{peer}, $other->{peer}) = ($other, $one);
  for ($one, $other) {
    $_->{socket}->blocking(0);
    setsockopt $_->{socket}, IPPROTO_TCP, TCP_NODELAY, 1;
    $side{ fileno $_->{socket} } = $_;
  }
}

sub finish {
  my ($one, $reset) = @_;
  for my $each ($one, $one->{peer}) {
    delete $side{ fileno $each->{socket} };
    setsockopt $each->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) if $reset;
    close $each->{socket};
  }
  # Else the two hold each other for ever.
  delete $one->{peer}{peer};
  delete $one->{peer};
}

sub cut {
  my ($one) = @_;
  my $pair = $one->{pair};
  $cuts++;
  say_line('cut', $pair->{bytes}, $pair->{how});
  finish($one, $pair->{how} eq 'reset');
}

# --- bytes

sub spent { my ($pair) = @_; return defined $pair->{budget} && $pair->{bytes} >= $pair->{budget} }

# Read what a side has, for its peer. False once the connection is over.
sub take {
  my ($one) = @_;
  my $pair = $one->{pair};
  my $left = defined $pair->{budget} ? $pair->{budget} - $pair->{bytes} : CHUNK;
  my $n = sysread $one->{socket}, my ($bytes), $left < CHUNK ? $left : CHUNK;
  if (!defined $n) {
    return 1 if $! == EAGAIN || $! == EINTR;
    finish($one, 1);
    return 0;
  }
  if ($n == 0) {
    $one->{eof} = 1;
    return 1;
  }
  $pair->{bytes} += $n;
  push @{ $one->{peer}{queue} }, [time + $option{delay} / 2000, $bytes];
  $one->{peer}{queued} += $n;
  return 1;
}

# Write what is due for a side. False once the connection is over.
sub give {
  my ($one) = @_;
  my $queue = $one->{queue};
  while (@$queue && $queue->[0][0] <= time) {
    my $n = syswrite $one->{socket}, $queue->[0][1];
    if (!defined $n) {
      return 1 if $! == EAGAIN || $! == EINTR;
      finish($one, 1);
      return 0;
    }
    $one->{queued} -= $n;
    substr $queue->[0][1], 0, $n, '';
    shift @$queue if $queue->[0][1] eq '';
  }
  return 1;
}

# What follows from what was read and written: a cut, a half closed, an end.
sub settle {
  my ($one) = @_;
  my $pair = $one->{pair};
  return if @{ $one->{queue} };
  if (spent($pair)) {
    return if @{ $one->{peer}{queue} };
    return cut($one) if may_cut();
    $pair->{budget} = undef;
  }
  if ($one->{peer}{eof} && !$one->{shut}) {
    $one->{shut} = 1;
    shutdown $one->{socket}, 1;
  }
  return unless $one->{shut} && $one->{peer}{shut};
  say_line('passed', $pair->{bytes});
  finish($one);
}

# --- all of them

sub readers {
  return grep { !$_->{eof} && $_->{peer}{queued} < QUEUE_MAX && !spent($_->{pair}) } values %side;
}

sub writers {
  my $now = time;
  return grep { @{ $_->{queue} } && $_->{queue}[0][0] <= $now } values %side;
}

# Seconds until something queued is due; undef if nothing is.
sub patience {
  my ($due) = sort { $a <=> $b } map { @{ $_->{queue} } ? $_->{queue}[0][0] : () } values %side;
  return undef unless defined $due;
  return $due > time ? $due - time : 0;
}

$| = 1;
$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { exit 0 };
alarm $option{lifetime};
srand $option{seed};
my $listener = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1') or die "cannot listen: $@\n";
say_line('port', $listener->sockport);
while (1) {
  my $read = IO::Select->new($listener, map { $_->{socket} } readers());
  my $write = IO::Select->new(map { $_->{socket} } writers());
  my ($readable, $writable) = IO::Select->select($read, $write->count ? $write : undef, undef, patience());
  for my $socket (@{ $readable // [] }) {
    if ($socket == $listener) {
      my $client = $listener->accept;
      begin($client) if $client;
      next;
    }
    my $one = $side{ fileno($socket) // -1 };
    take($one) if $one && !spent($one->{pair});
  }
  for my $one (my @all = values %side) {
    next unless $one->{peer};
    give($one) && settle($one);
  }
}
