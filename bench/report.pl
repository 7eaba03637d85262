#!/usr/bin/perl
# SPDX-License-Identifier: BSD-3-Clause
# What bench/results/*.json say about what was asked for, a line for each figure:
# the wanted one, the one by medians, the one by minima. A load that has no
# results is left out.
#
#   report.pl [DIR]
#   report.pl --plot FILE.svg [DIR]   draw how long each sender takes
#   report.pl --table [DIR]           all of it, in Markdown
use strict;
use warnings;
use JSON::PP;

my $plot = @ARGV && $ARGV[0] eq '--plot' ? do { shift @ARGV; shift @ARGV } : undef;
my $table = @ARGV && $ARGV[0] eq '--table' ? shift @ARGV : undef;
my $dir = shift @ARGV // 'bench/results';
my %load = map { $_->{load} => $_ } map { decode_json(slurp($_)) } grep { !/file\.json$/ } glob "$dir/*.json";

sub slurp {
  my ($path) = @_;
  open my $file, '<', $path or die "report.pl: cannot read $path: $!\n";
  local $/;
  return <$file>;
}

# The contender whose name matches, in a table of a load whose title and server match.
sub contender {
  my ($load, $table, $name) = @_;
  return undef unless $load{$load};
  for my $t (@{ $load{$load}{tables} }) {
    next unless "$t->{what} to $t->{server}" =~ $table;
    for my $c (@{ $t->{contenders} }) {
      return $c if $c->{name} =~ $name;
    }
  }
  return undef;
}

# --- figures

# One over the other, of a measure, by medians and by minima; per object if they say how many.
sub ratio {
  my ($one, $other, $measure) = @_;
  my $per = $one->{objects} && $other->{objects} ? $other->{objects} / $one->{objects} : 1;
  return map { $one->{$measure}{$_} / $other->{$measure}{$_} * $per } 'median', 'min';
}

sub line {
  my ($text, $wanted, $format, @figures) = @_;
  my ($limit) = $wanted =~ /([\d.]+)/;
  my $met = $wanted =~ /most/ ? $figures[0] <= $limit : $figures[0] >= $limit;
  printf "%-3s %-70s %-14s %s\n", $met ? 'yes' : 'NO', $text, $wanted,
    join '  ', map { sprintf $format, $_ } @figures;
}

sub compare {
  my ($text, $wanted, $one, $other, $measure) = @_;
  line($text, $wanted, '%.3g', ratio($one, $other, $measure)) if $one && $other;
}

my $ours = qr/^mtls-storescu$/;
my $theirs = qr/^TCP_NODELAY=1 storescu$/;
my $tuned = qr/to TCP_NODELAY=1 storescp/;
my $lean = qr/to testscp/;

sub report_many {
  compare('stock storescp, 1,000 x 2 KB: wall of stock storescu over ours', 'at least 100',
    contender('stock-small', qr//, qr/^storescu/), contender('stock-small', qr//, $ours), 'wall_ms');
  my @small = map { contender('small', $tuned, $_) } $ours, qr/^floor/, $theirs;
  compare("NODELAY storescp, 5,000 x 2 KB: wall over the message floor's", 'at most 1.15', @small[0, 1], 'wall_ms');
  compare("the same: CPU over tuned storescu's", 'at most 0.5', @small[0, 2], 'cpu_ms');
}

sub report_large {
  my @large = map { contender('large', $lean, $_) } $ours, qr/^floor/, $theirs;
  compare("lean, 1 GiB: CPU over the floor's", 'at most 1.15', @large[0, 1], 'cpu_ms');
  compare("the same: wall over the floor's", 'at most 1.15', @large[0, 1], 'wall_ms');
  compare('the same: wall of tuned storescu over ours', 'at least 1.4', @large[2, 0], 'wall_ms');
  for my $name ('large', 'huge') {
    my $c = contender($name, $lean, $ours);
    line("$name: peak memory, MB", 'at most 20', '%.1f', $c->{peak_kb} / 1000) if $c;
  }
}

sub report_pdf {
  my ($guide, $start, $theirs) = map { contender('pdf', $tuned, $_) } qr/PKCS/, qr/same libraries/, $theirs;
  compare("PDF by the guide's command: wall over tuned storescu's with PEM", 'at most 0.8', $guide, $theirs, 'wall_ms');
  line('the same: ms of CPU above the start-up floor', 'at most 5', '%.1f',
    map { $guide->{cpu_ms}{$_} - $start->{cpu_ms}{$_} } 'median', 'min') if $guide && $start;
}

sub report_implicit {
  for my $what ('PDF', 'x 2 KB', 'x 512 KB', 'bytes of pixels') {
    compare("explicit to implicit, $what: CPU over the raw way's", 'at most 1.2',
      (map { contender('implicit', qr/$what.* to testscp/, $_) } qr/to implicit/, qr/as it is/), 'cpu_ms');
  }
}

# More bytes than commands, or a receiver that is slower than the round trips: there
# is no wish there but not to be slower.
sub report_rtt {
  for (['rtt', '2 KB', 20, 6], ['rtt', '512 KB', 1, 1],
    ['rtt-dcmjs', '2 KB', 20, 6, ' --lean'], ['rtt-dcmjs', '512 KB', 1, 1, ' --lean'],
    ['rtt-dcmjs', '2 KB', 1, 1, ' --ignore']) {
    my ($load, $size, $window_wish, $jobs_wish, $receiver) = (@$_, '');
    my ($one, $window, $jobs) = map { contender($load, qr/x $size to .*$receiver/, $_) }
      qr/one at a time$/, qr/--max-ops-invoked 32$/, qr/-j 8 /;
    compare("20 ms, $load$receiver, $size: wall of one at a time over window 32", "at least $window_wish",
      $one, $window, 'wall_ms');
    compare('the same: over -j 8 --split-studies', "at least $jobs_wish", $one, $jobs, 'wall_ms');
  }
}

sub report_decompress {
  for my $wish (['dcmcjpeg', 1], ['dcmcjpls', 1.5], ['dcmcrle', 1]) {
    my ($kind, $wall) = @$wish;
    my ($theirs, $ours) = map { contender('decompress', qr/by $kind/, $_) } qr/dcmsend$/, $ours;
    compare("decompression, by $kind: wall of dcmsend over ours", "at least $wall", $theirs, $ours, 'wall_ms');
    compare("the same: CPU over dcmsend's", 'at most 1.05', $ours, $theirs, 'cpu_ms');
  }
}

sub report_growth {
  for my $journal ('', ', --journal') {
    my @c = sort { $a->{objects} <=> $b->{objects} }
      grep { $_->{name} =~ / files\Q$journal\E$/ } map { @{ $_->{contenders} } } @{ $load{growth}{tables} // [] };
    compare("per object, $c[-1]{objects} files over $c[0]{objects}$journal: wall", 'at most 1.1',
      $c[-1], $c[0], 'wall_ms') if @c > 1;
  }
}

# --- the plot: wall time, tuned storescu's being 1

my @bars = (
  ['one PDF, converted', 'implicit', qr/^PDF/, qr/to implicit/],
  ['one PDF', 'pdf', $tuned, qr/PKCS/, qr/same libraries/],
  ['5,000 x 2 KB', 'small', $tuned, $ours, qr/^floor/],
  ['1,000 x 512 KB', 'medium', $lean, $ours, qr/^floor/],
  ['1 GiB', 'large', $lean, $ours, qr/^floor/],
  ['1 GiB, converted', 'implicit', qr/bytes of pixels/, qr/to implicit/],
  ['1,000 x 2 KB, 20 ms away, window 32', 'rtt', qr/x 2 KB/, qr/--max-ops-invoked 32$/, qr/^floor.*window 32/],
  ['1,000 x 2 KB, stock receiver', 'stock-small', qr//, $ours],
);

sub plot_rows {
  my @rows;
  for my $bar (@bars) {
    my ($title, $load, $table, @names) = @$bar;
    my $base = contender($load, $table, qr/^(TCP_NODELAY=1 )?storescu$/) or next;
    my @walls = map { my $c = $_ && contender($load, $table, $_);
      $c ? $c->{wall_ms}{median} / $base->{wall_ms}{median} : 'NaN' } @names[0, 1];
    push @rows, join "\t", qq("$title"), 1, @walls;
  }
  return @rows;
}

# The blanks that gnuplot leaves at the ends of lines.
sub tidy {
  my ($file) = @_;
  local ($^I, @ARGV) = ('', $file);
  while (<>) {
    s/[ \t]+$//;
    print;
  }
}

sub draw {
  my ($file) = @_;
  my @rows = plot_rows() or die "report.pl: no results in $dir to draw\n";
  my $height = 90 + 62 * @rows;
  open my $gnuplot, '|-', 'gnuplot' or die "report.pl: cannot run gnuplot: $!\n";
  print $gnuplot <<"END";
set terminal svg size 840,$height noenhanced font 'sans-serif,13' background rgb 'white'
set output '$file'
\$rows << END_OF_ROWS
@{[join "\n", @rows]}
END_OF_ROWS
set title "Wall time, storescu's being 1 (logarithmic; shorter is faster)"
set logscale x
set xrange [0.003:2]
set yrange [@{[scalar @rows]}:-0.7]
set format x '%g'
set grid xtics
set border 1
set ytics scale 0
set key below
set style fill solid
plot \\
  \$rows using (0.003):0:(0.003):2:(\$0-0.36):(\$0-0.12):ytic(1) with boxxyerror lc rgb '#b0b0b0' title 'storescu, TCP_NODELAY=1 but for the stock receiver', \\
  '' using (0.003):0:(0.003):3:(\$0-0.12):(\$0+0.12) with boxxyerror lc rgb '#1f6f8b' title 'mtls-storescu', \\
  '' using (0.003):0:(0.003):4:(\$0+0.12):(\$0+0.36) with boxxyerror lc rgb '#e0a030' title 'the least possible'
END
  close $gnuplot or die "report.pl: gnuplot failed\n";
  tidy($file);
}

# --- the table

my @order = qw(pdf small stock-small medium large huge implicit rtt rtt-dcmjs jobs decompress growth);

# Medians, the lowest behind them; wall and CPU time over those of the first row, too.
sub table_rows {
  my ($t) = @_;
  my ($first, @rows) = ($t->{contenders}[0]);
  for my $c (@{ $t->{contenders} }) {
    my @times = map { sprintf '%.*f (%.*f)', map { ($_ < 100 ? 1 : 0, $_) } @{ $c->{$_} }{ 'median', 'min' } }
      'wall_ms', 'cpu_ms';
    my @over = map { sprintf '%.2f', (ratio($c, $first, $_))[0] } 'wall_ms', 'cpu_ms';
    push @rows, join ' | ', $c->{name}, @times, @over, sprintf '%.1f', $c->{peak_kb} / 1000;
  }
  return @rows;
}

sub print_table {
  print "| sender | wall, ms | CPU, ms | wall | CPU | peak, MB |\n|---|---|---|---|---|---|\n";
  for my $load (grep { $load{$_} } @order) {
    for my $t (@{ $load{$load}{tables} }) {
      print "| ***$load*: $t->{what} to $t->{server}, $t->{contenders}[0]{runs} runs** | | | | | |\n";
      print "| $_ |\n" for table_rows($t);
    }
  }
}

if (defined $plot) {
  draw($plot);
} elsif ($table) {
  print_table();
} elsif (%load) {
  print "\ntarget, then the result by medians and by minima\n";
  report_many();
  report_large();
  report_pdf();
  report_implicit();
  report_rtt();
  report_decompress();
  report_growth();
}
