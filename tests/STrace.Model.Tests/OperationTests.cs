using System.Globalization;
using System.Text.RegularExpressions;

namespace STrace.Model.Tests;

/// <summary>Holds <see cref="Operation"/> against the table that libwrapper.so is compiled from.</summary>
public sealed partial class OperationTests
{
    private static readonly (string Symbol, ushort Code, string Name)[] Native =
    [
        .. Line().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "strace_ops.def"))).Select(m => (
            m.Groups["symbol"].Value, ushort.Parse(m.Groups["code"].Value, CultureInfo.InvariantCulture), m.Groups["name"].Value)),
    ];

    [Fact]
    public void Operation_Table_EqualsTheNativeOneLineByLine()
    {
        Operation[] operations = [.. Enum.GetValues<Operation>().Order()];

        Assert.Equal(
            Native.OrderBy(n => n.Code).Select(n => $"{n.Symbol} {n.Code} {n.Name}"),
            operations.Select(o => $"{NativeSymbol(o)} {(ushort)o} {o.Name()}"));
    }

    [Fact]
    public void Name_UnknownCode_SaysTheCode() => Assert.Equal("op999", ((Operation)999).Name());

    [Fact]
    public void Traits_AnyOperation_NeverGivesAndTakes() =>
        Assert.All(Enum.GetValues<Operation>(), o => Assert.False(o.IsSend() && (o.IsReceive() || o.IsAccept() || o.IsWait())));

    /// <summary>ReadSocket is READ_SOCKET.</summary>
    private static string NativeSymbol(Operation operation) => Hump().Replace(operation.ToString(), "_").ToUpperInvariant();

    [GeneratedRegex("""^ST_OP\((?<symbol>\w+), (?<code>\d+), "(?<name>\w+)"\)""", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Hump();
}
