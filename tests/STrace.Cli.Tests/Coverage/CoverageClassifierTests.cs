using STrace.Model;

namespace STrace.Cli.Tests;

public sealed class CoverageClassifierTests
{
    private static readonly ProcessTree Tree = new(Golden.Calls, Golden.Library);

    [Fact]
    public void Classify_CallWithinARecordOfItsKind_IsRecorded() =>
        Assert.Equal(CallClass.Recorded, Class(3, Record(Operation.ReadFile, 29_990, 30_010)));

    [Fact]
    public void Classify_CallWithinARecordOfAnotherKind_IsMissed() =>
        Assert.Equal(CallClass.Missed, Class(3, Record(Operation.Poll, 29_990, 30_010)));

    [Fact]
    public void Classify_RecordOfAnotherTime_IsMissed() =>
        Assert.Equal(CallClass.Missed, Class(3, Record(Operation.ReadFile, 29_000, 29_900)));

    [Fact]
    public void Classify_RecordOfAnotherThread_IsMissed() =>
        Assert.Equal(CallClass.Missed, Class(3, Record(Operation.ReadFile, 29_990, 30_010, Golden.Busybox)));

    [Fact]
    public void Classify_LoadersCall_IsLibcInternal() => Assert.Equal(CallClass.LibcInternal, Class(1));

    [Fact]
    public void Classify_LibrarysOwnCall_IsOwn() => Assert.Equal(CallClass.Own, Class(2));

    [Fact]
    public void Classify_CallThroughTheLibraryWithoutARecord_IsMissed() => Assert.Equal(CallClass.Missed, Class(4));

    [Fact]
    public void Classify_CallForAFunctionThatIsNotInterposed_IsLibcInternal() => Assert.Equal(CallClass.LibcInternal, Class(6));

    [Fact]
    public void Classify_CallForAnInterposedFunctionThatWentPastTheLibrary_IsMissed() => Assert.Equal(CallClass.Missed, Class(7));

    [Theory]
    [InlineData("3</tmp/py.py>, \"x\", 4096", "LibcInternal")]
    [InlineData("3<pipe:[4711]>, \"x\", 4096", "Missed")]
    public void Classify_BufferFilledForOneCharacter_IsMissedUnlessItIsAFiles(string arguments, string callClass)
    {
        StackFrame[] stack = [new(Golden.Libc, "__read", 0xf82a0), new(Golden.Library, "getc", 0x7000), new("/usr/bin/python3", "main", 1)];

        Assert.Equal(callClass, Classifier().Classify(new SystemCall(Golden.Bash, "read", arguments, "1", Golden.Epoch, stack)).ToString());
    }

    [Fact]
    public void Classify_StaticProgram_IsRaw() =>
        Assert.Equal(CallClass.Raw, Classifier().Classify(Golden.Calls[Golden.Busybox][1]));

    [Fact]
    public void Classify_ExecWithARecordBeforeIt_IsRecorded()
    {
        HostEvent exec = Record(Operation.Exec, 59_990, 59_990, Golden.Busybox, EventTraits.NoReturn);

        Assert.Equal(CallClass.Recorded, Classifier(exec).Classify(Golden.Calls[Golden.Busybox][0]));
    }

    [Fact]
    public void Tree_Exec_ChangesTheProgramOfLaterCalls()
    {
        IReadOnlyList<SystemCall> calls = Golden.Calls[Golden.Busybox];

        Assert.Equal(["bash", "busybox"], calls.Take(2).Select(c => Tree.ImageOf(c)!.Name));
        Assert.Equal([true, false], calls.Take(2).Select(c => Tree.ImageOf(c)!.Preloaded));
    }

    [Fact]
    public void Report_Calls_AreCountedByClassWithoutStracesExecAndTheLibrarysOwn()
    {
        IEnumerable<SystemCall> calls = Golden.Calls.Values.SelectMany(c => c);
        var tree = new ProcessTree(Golden.Calls, Golden.Library);
        CoverageReport report = CoverageReport.Of(0, tree, new CoverageClassifier(Golden.Library, tree, [Record(Operation.ReadFile, 29_990, 30_010)], Golden.Exports), calls, 0);

        Assert.Equal((1, 2, 2, 1), (report.Recorded, report.LibcInternal, report.Raw, report.Own));
        Assert.Equal(report.Calls, report.Recorded + report.LibcInternal + report.Raw + report.Missed);
        Assert.Contains(report.Rows, r => r is { Call: "write", Class: "raw", Count: 1, Program: "busybox" });
    }

    private static CallClass Class(int call, params HostEvent[] records) => Classifier(records).Classify(Golden.Calls[Golden.Bash][call]);

    private static CoverageClassifier Classifier(params HostEvent[] records) => new(Golden.Library, Tree, records, Golden.Exports);

    /// <param name="enterUs">From the log's first second.</param>
    private static HostEvent Record(Operation operation, long enterUs, long exitUs, int tid = Golden.Bash, EventTraits traits = EventTraits.None) => new()
    {
        Thread = new ThreadLife { Host = "h1", Ring = 1, Pid = tid, Tid = tid },
        Sequence = 1,
        Operation = operation,
        Flags = traits,
        EnterNs = Golden.Epoch + enterUs * 1000,
        ExitNs = Golden.Epoch + exitUs * 1000,
    };
}
