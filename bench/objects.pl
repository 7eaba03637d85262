#!/usr/bin/perl
# SPDX-License-Identifier: BSD-3-Clause
# Makes CT images to send, all of one series. What fills them is Pixel Data, since
# Data Set Trailing Padding is dropped by DCMTK on the way.
#
#   objects.pl COUNT SIZE DIR    files of SIZE bytes, at least 1000, in a new directory
#   objects.pl --slices COUNT DIR
#                                CT slices of 512 x 512, with noise, in a new directory
#   objects.pl --hole BYTES FILE one with so much Pixel Data, at most FFFFFFFEH: a hole in
#                                the file, which reads as zeros and takes no room on the disk
use strict;
use warnings;

my $class = '1.2.840.10008.5.1.4.1.1.2';
my $study = '2.25.290174530821365';
my $series = '2.25.290174530821366';

# Explicit little endian (PS3.5 7.1.2); a value is padded to an even length.
sub element {
  my ($group, $number, $vr, $value) = @_;
  $value .= $vr eq 'UI' ? "\0" : ' ' if length($value) % 2;
  return pack 'v2 a2 v/a', $group, $number, $vr, $value;
}

sub us { my ($number, $value) = @_; return element(0x0028, $number, 'US', pack 'v', $value) }

sub long_head {
  my ($group, $number, $vr, $size) = @_;
  return pack 'v2 a2 v V', $group, $number, $vr, 0, $size;
}

# Always as long, whatever the number.
sub instance { my ($n) = @_; return sprintf '2.25.29017453%012d', $n }

sub meta {
  my ($n) = @_;
  my $group = long_head(2, 1, 'OB', 2) . "\0\1" . element(2, 2, 'UI', $class) . element(2, 3, 'UI', instance($n)) .
    element(2, 0x10, 'UI', '1.2.840.10008.1.2.1') .
    element(2, 0x12, 'UI', '2.25.132071486371021341640932451211317254701');
  return "\0" x 128 . 'DICM' . element(2, 0, 'UL', pack 'V', length $group) . $group;
}

sub reference {
  my $item = element(8, 0x1150, 'UI', $class) . element(8, 0x1155, 'UI', instance(0));
  return long_head(8, 0x1140, 'SQ', 8 + length $item) . pack('v2 V', 0xFFFE, 0xE000, length $item) . $item;
}

# Up to the value of Pixel Data.
sub head {
  my ($n, $pixels) = @_;
  return meta($n) . element(8, 8, 'CS', 'ORIGINAL\PRIMARY\AXIAL') . element(8, 0x16, 'UI', $class) .
    element(8, 0x18, 'UI', instance($n)) . element(8, 0x20, 'DA', '20240229') . element(8, 0x30, 'TM', '235959') .
    element(8, 0x50, 'SH', 'A1') . element(8, 0x60, 'CS', 'CT') . element(8, 0x90, 'PN', '') . reference() .
    element(0x10, 0x10, 'PN', 'Phantom^Many') . element(0x10, 0x20, 'LO', 'P9') .
    element(0x10, 0x30, 'DA', '19700101') .
    element(0x10, 0x40, 'CS', 'O') . element(0x20, 0xD, 'UI', $study) . element(0x20, 0xE, 'UI', $series) .
    element(0x20, 0x10, 'SH', '1') . element(0x20, 0x11, 'IS', '1') .
    element(0x20, 0x13, 'IS', sprintf '%06d', $n) . us(2, 1) . element(0x28, 4, 'CS', 'MONOCHROME2') . us(0x10, 512) .
    us(0x11, 512) . us(0x100, 16) . us(0x101, 16) . us(0x102, 15) . us(0x103, 0) .
    long_head(0x7FE0, 0x10, 'OW', $pixels);
}

sub write_file {
  my ($path, @parts) = @_;
  open my $file, '>:raw', $path or die "objects.pl: cannot write $path: $!\n";
  print $file @parts or die "objects.pl: cannot write $path: $!\n";
  close $file or die "objects.pl: cannot write $path: $!\n";
}

# Pixel Data of so many rows of 512: an ellipse of tissue with rings of bone, in air. The noise
# has a standard deviation of 15.
sub body {
  my ($rows) = @_;
  srand 1;
  return join '', map {
    my $y = ($_ % 512 - 256) / 170;
    pack 'v*', map {
      my $r = (($_ - 256) / 220)**2 + $y * $y;
      my $mean = $r > 1 ? 52 : ($r * 40) % 11 == 3 ? 1728 : 1068 + 20 * $r;
      int($mean + 26 * (rand() + rand() + rand() + rand() - 2));
    } 0 .. 511
  } 1 .. $rows;
}

# Each begins a row further down, so that no two are the same.
sub write_slices {
  my ($count, $dir) = @_;
  my $body = body(512 + $count);
  mkdir $dir or die "objects.pl: cannot make $dir: $!\n";
  write_file(sprintf('%s/IM%06d', $dir, $_), head($_, 524288), substr $body, 1024 * $_, 524288) for 1 .. $count;
}

@ARGV == 3 or die "usage: objects.pl COUNT SIZE DIR\n       objects.pl --slices COUNT DIR\n" .
  "       objects.pl --hole BYTES FILE\n";
my ($count, $size, $path) = @ARGV;
if ($count eq '--hole') {
  my $head = head(1, $size);
  write_file($path, $head);
  truncate $path, $size + length $head or die "objects.pl: cannot lengthen $path: $!\n";
  exit 0;
}
if ($count eq '--slices') {
  write_slices($size, $path);
  exit 0;
}
my $pixels = $size - length head(1, 0);
die "objects.pl: $size is too small, or odd\n" if $pixels < 0 || $pixels % 2;
my $ramp = pack 'v*', map { $_ * 1021 & 0xFFFF } 1 .. $pixels / 2;
mkdir $path or die "objects.pl: cannot make $path: $!\n";
write_file(sprintf('%s/IM%06d', $path, $_), head($_, $pixels), $ramp) for 1 .. $count;
