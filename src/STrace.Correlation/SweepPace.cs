namespace STrace.Correlation;

/// <summary>When a table is worth sweeping: whenever it has doubled, so that an entry costs no more than a look or two.</summary>
/// <param name="least">Smaller tables are left alone.</param>
internal sealed class SweepPace(int least)
{
    private int _left;

    public bool IsDue(int count) => count >= Math.Max(least, 2 * _left);

    /// <param name="left">Entries that are still there.</param>
    public void Swept(int left) => _left = left;
}
