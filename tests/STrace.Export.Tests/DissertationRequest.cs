using STrace.Model;

namespace STrace.Export.Tests;

/// <summary>
/// The request of the dissertation's section 6.2.1, with its calls, threads, addresses and times; invented are the client's side, the
/// edges between threads, and how long the waiting calls waited.
/// </summary>
internal static class DissertationRequest
{
    public static PathSet Build()
    {
        PathBuilder p = new PathBuilder().Host("h2", "10.0.0.2").Host("h4", "10.0.0.4").Host("h5", "10.0.0.5")
            .Host("h7", "10.0.0.7").Host("h6", "10.0.0.6");
        string nat4 = p.Rewrite("200.200.200.200:3332", "10.0.0.4:3332");
        string nat7 = p.Rewrite("200.200.200.201:3335", "10.0.0.7:3335");

        string H2(Operation op, long at, string? peer = null, long? exit = null) => p.Call("h2", 1801, 1801, op, at, peer, exit: exit);
        string H4(Operation op, long at, string? peer = null, long? exit = null) => p.Call("h4", 2021, 1970, op, at, peer, exit: exit);
        string H5(int tid, Operation op, long at, string? peer = null, long? exit = null) => p.Call("h5", tid, 1984, op, at, peer, exit: exit);
        string H7(int tid, Operation op, long at, string? peer = null, long? exit = null) => p.Call("h7", tid, 2027, op, at, peer, exit: exit);
        string H6(Operation op, long at, string? peer = null, long? exit = null) => p.Call("h6", 2047, 2006, op, at, peer, exit: exit);

        H2(Operation.Socket, 80_100);
        string connect2 = H2(Operation.Connect, 80_300, "200.200.200.200:3332");
        string accept4 = H4(Operation.Accept, 81_565, "10.0.0.2:40000");
        string send2 = H2(Operation.SendSocket, 81_700);
        string recv4 = H4(Operation.RecvSocket, 81_883);
        H4(Operation.Socket, 933_361);
        string connect4 = H4(Operation.Connect, 934_326, "10.0.0.5:3333");
        string send4 = H4(Operation.SendSocket, 944_676);
        string accept5 = H5(2052, Operation.Accept, 945_154, "10.0.0.4:40000");
        string recv5 = H5(2052, Operation.RecvSocket, 945_834);
        H5(2052, Operation.Shmget, 947_388);
        string shmat5a = H5(2052, Operation.Shmat, 949_425);
        string shmget5b = H5(2176, Operation.Shmget, 950_733);
        H5(2176, Operation.Shmat, 952_657);
        H5(2176, Operation.Shmget, 954_214);
        string shmat5b = H5(2176, Operation.Shmat, 956_379);
        string shmget5c = H5(2180, Operation.Shmget, 958_091);
        string shmat5c = H5(2180, Operation.Shmat, 959_526);
        string socket5 = H5(2176, Operation.Socket, 961_263);
        string connect5 = H5(2176, Operation.Connect, 962_918, "200.200.200.201:3335");
        string send5 = H5(2176, Operation.SendSocket, 977_137);
        string accept7 = H7(2061, Operation.Accept, 977_244, "10.0.0.5:40000");
        string recv7 = H7(2061, Operation.RecvSocket, 977_744);
        H7(2061, Operation.Shmget, 980_650);
        string shmat7a = H7(2061, Operation.Shmat, 982_121);
        string shmget7b = H7(2191, Operation.Shmget, 983_756);
        H7(2191, Operation.Shmat, 985_230);
        H7(2191, Operation.Socket, 986_744);
        string connect7 = H7(2191, Operation.Connect, 989_014, "10.0.0.6:3334");
        string accept6 = H6(Operation.Accept, 1_002_498, "10.0.0.7:40000");
        string send7 = H7(2191, Operation.SendSocket, 1_003_499);
        string recv6 = H6(Operation.RecvSocket, 1_004_067);
        string send6 = H6(Operation.SendSocket, 1_006_001);
        string reply7 = H7(2191, Operation.RecvSocket, 1_006_893);
        H6(Operation.Close, 1_008_360);
        string close7 = H7(2191, Operation.Close, 1_008_838);
        string answer7 = H7(2061, Operation.SendSocket, 1_010_795);
        string reply5 = H5(2176, Operation.RecvSocket, 979_610, exit: 1_011_300);
        H7(2061, Operation.Close, 1_017_404);
        string close5 = H5(2176, Operation.Close, 1_017_637);
        string answer5 = H5(2052, Operation.SendSocket, 1_020_688);
        string reply4 = H4(Operation.RecvSocket, 947_011, exit: 1_021_900);
        H4(Operation.Close, 1_022_683);
        H5(2052, Operation.Close, 1_022_820);
        string answer4 = H4(Operation.SendSocket, 1_024_599);
        string reply2 = H2(Operation.RecvSocket, 82_000, exit: 1_025_400);
        H4(Operation.Close, 1_026_886);
        H2(Operation.Close, 1_027_000);

        p.Edge(connect2, accept4, EdgeKind.Rewrite, nat4).Edge(send2, recv4, EdgeKind.Message);
        p.Edge(connect4, accept5, EdgeKind.Connection).Edge(send4, recv5, EdgeKind.Message);
        p.Edge(shmat5a, shmget5b, EdgeKind.ThreadStart).Edge(shmat5b, shmget5c, EdgeKind.ThreadStart).Edge(shmat5c, socket5, EdgeKind.Ipc);
        p.Edge(connect5, accept7, EdgeKind.Rewrite, nat7).Edge(send5, recv7, EdgeKind.Message);
        p.Edge(shmat7a, shmget7b, EdgeKind.ThreadStart);
        p.Edge(connect7, accept6, EdgeKind.Connection).Edge(send7, recv6, EdgeKind.Message).Edge(send6, reply7, EdgeKind.Message);
        p.Edge(close7, answer7, EdgeKind.HandOff).Edge(answer7, reply5, EdgeKind.Message).Edge(close5, answer5, EdgeKind.HandOff);
        p.Edge(answer5, reply4, EdgeKind.Message).Edge(answer4, reply2, EdgeKind.Message);
        return p.Build();
    }
}
