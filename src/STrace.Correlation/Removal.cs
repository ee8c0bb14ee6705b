namespace STrace.Correlation;

internal static class Removal
{
    /// <summary>As <see cref="List{T}.RemoveAll"/>, for where every call passes: a predicate that captures would be an object each time.</summary>
    /// <param name="given">What the predicate asks by.</param>
    public static void RemoveWhere<T, TGiven>(this List<T> list, TGiven given, Func<T, TGiven, bool> isGone)
    {
        for (int i = list.Count - 1; i >= 0; i--)
            if (isGone(list[i], given))
                list.RemoveAt(i);
    }
}
