using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Azure.Functions.Worker.Local;

internal static class HttpResultServices
{
    /// <summary>What executing an <c>IActionResult</c> or <c>IResult</c> asks of the invocation's services; a web host would have brought it.</summary>
    public static IServiceCollection AddHttpResults(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => new DiagnosticListener("Microsoft.AspNetCore"));
        services.TryAddSingleton<DiagnosticSource>(provider => provider.GetRequiredService<DiagnosticListener>());
        services.TryAddSingleton<IWebHostEnvironment, WebEnvironment>();
        services.AddMvcCore();
        return services;
    }
}
