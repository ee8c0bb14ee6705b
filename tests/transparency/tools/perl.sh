# Eight threads on a queue, fork, a signal within select, commands and pipes.
cat > program.pl << 'END'
use threads;
use threads::shared;
use Thread::Queue;

my $queue = Thread::Queue->new;
my %sums : shared;
my @threads = map {
    my $number = $_;
    threads->create(sub {
        while (defined(my $item = $queue->dequeue)) { lock %sums; $sums{$item % 7} += $item; }
        $number * $number;
    })
} 1 .. 8;
$queue->enqueue($_) for 1 .. 5000;
$queue->end;
print join(",", map { $_->join } @threads), "\n";
print "$_ $sums{$_}\n" for sort keys %sums;

pipe(my $reader, my $writer);
if (my $child = fork) {
    close $writer;
    print <$reader>;
    waitpid $child, 0;
    print $? >> 8, "\n";
} else {
    close $reader;
    print $writer "child\n";
    close $writer;
    exit 5;
}
local $SIG{ALRM} = sub { print "alarm\n" };
alarm 1;
select undef, undef, undef, 5;
print `echo back; exit 4`, $? >> 8, "\n";
open(my $list, "-|", "ls", "/usr") or die;
print sort <$list>;
END
perl program.pl
