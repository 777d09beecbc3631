using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Azure.Functions.Worker.Builder;

public static class FunctionsApplicationBuilderAspNetCoreExtensions
{
    /// <summary>HTTP functions take <c>HttpRequest</c> and return <c>IActionResult</c> or <c>IResult</c>. Call it before <c>UseMiddleware</c>.</summary>
    public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddHttpResults();
        builder.UseMiddleware<HttpMiddleware>();
        return builder;
    }
}
