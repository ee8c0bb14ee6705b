using System.Net.Sockets;
using System.Reflection;

namespace STrace.DotnetHook;

/// <summary>
/// Finds the socket of a request's connection. By reflection: a reference to ASP.NET Core would tie the hook to one version of it.
/// </summary>
internal static class ConnectionSocket
{
    private static readonly object[] s_key =
        [Type("Microsoft.AspNetCore.Connections.Features.IConnectionSocketFeature", "Microsoft.AspNetCore.Connections.Abstractions")];
    private static readonly PropertyInfo s_features =
        Type("Microsoft.AspNetCore.Http.HttpContext", "Microsoft.AspNetCore.Http.Abstractions").GetProperty("Features")!;
    private static readonly PropertyInfo s_feature = s_features.PropertyType.GetProperty("Item")!;
    private static readonly PropertyInfo s_socket = ((Type)s_key[0]).GetProperty("Socket")!;
    private static PropertyInfo? s_httpContext;

    /// <param name="request">The payload of BeginRequest, which has a property httpContext.</param>
    /// <returns>Null where the server is another than Kestrel, or listens on no socket.</returns>
    public static Socket? Of(object request)
    {
        s_httpContext ??= request.GetType().GetProperty("httpContext")!;
        object features = s_features.GetValue(s_httpContext.GetValue(request))!;
        return s_feature.GetValue(features, s_key) is { } feature ? (Socket?)s_socket.GetValue(feature) : null;
    }

    private static Type Type(string name, string assembly) => System.Type.GetType($"{name}, {assembly}", throwOnError: true)!;
}
