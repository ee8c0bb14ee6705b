using STrace.Model;

namespace STrace.Export;

/// <summary>How an edge kind is drawn.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Color">Also of its labels.</param>
/// <param name="ArrowHead">Tells the kinds apart without colours.</param>
internal sealed record EdgeStyle(string Name, string Color, string ArrowHead, double Width)
{
    public static readonly EdgeStyle Order = new("next call of the thread", "#4A5568", "normal", 1.4);
    public static readonly EdgeStyle Network = new("message, connection", "#1F6FEB", "vee", 1.4);
    public static readonly EdgeStyle Ipc = new("IPC, hand-off", "#2F9E44", "onormal", 1.4);
    public static readonly EdgeStyle Start = new("fork, thread start", "#9C36B5", "diamond", 1.4);
    public static readonly EdgeStyle Data = new("shared data", "#868E96", "empty", 1.0);
    public static readonly EdgeStyle Rewrite = new("rewritten by a switch", "#D9480F", "veevee", 2.2);

    public static readonly IReadOnlyList<EdgeStyle> All = [Order, Network, Ipc, Start, Data, Rewrite];

    public static EdgeStyle Of(EdgeKind kind) => kind switch
    {
        EdgeKind.Order => Order,
        EdgeKind.Message or EdgeKind.Connection => Network,
        EdgeKind.HandOff or EdgeKind.Ipc => Ipc,
        EdgeKind.Fork or EdgeKind.ThreadStart => Start,
        EdgeKind.Rewrite => Rewrite,
        _ => Data,
    };
}
