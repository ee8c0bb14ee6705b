using Microsoft.AspNetCore.Http;
using STrace.Control;
using STrace.Export;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>Turns the exceptions that have a sentence for the operator into answers; what has none is a bug, and is answered so.</summary>
internal static class ErrorAnswers
{
    public static async Task Middleware(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (Describe(e) is { } error && !context.Response.HasStarted)
        {
            context.Response.StatusCode = error switch
            {
                ManagerError.Usage => StatusCodes.Status400BadRequest,
                ManagerError.Bad => StatusCodes.Status422UnprocessableEntity,
                ManagerError.Permission => StatusCodes.Status403Forbidden,
                _ => StatusCodes.Status409Conflict,
            };
            await context.Response.WriteAsJsonAsync(new ErrorBody(error.ToString().ToLowerInvariant(), e.Message));
        }
    }

    private static ManagerError? Describe(Exception e) => e switch
    {
        ManagerException m => m.Error,
        SessionStoreException s => s.Error switch
        {
            StoreError.BadName => ManagerError.Usage,
            StoreError.NotFound or StoreError.Exists or StoreError.InUse => ManagerError.No,
            _ => ManagerError.Bad,
        },
        ExportException or ControlException => ManagerError.No,
        BadHttpRequestException => ManagerError.Usage,
        IOException => ManagerError.Bad, // a full disk, say
        _ => null,
    };
}
