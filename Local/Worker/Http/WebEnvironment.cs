using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The app's environment as ASP.NET Core asks for it; static files lie in <c>wwwroot</c> beside the program.</summary>
internal sealed class WebEnvironment(IHostEnvironment host) : IWebHostEnvironment
{
    public string ApplicationName { get; set; } = host.ApplicationName;

    public string EnvironmentName { get; set; } = host.EnvironmentName;

    public string ContentRootPath { get; set; } = host.ContentRootPath;

    public IFileProvider ContentRootFileProvider { get; set; } = host.ContentRootFileProvider;

    public string WebRootPath { get; set; } = Path.Combine(host.ContentRootPath, "wwwroot");

    public IFileProvider WebRootFileProvider { get; set; } =
        Directory.Exists(Path.Combine(host.ContentRootPath, "wwwroot"))
            ? new PhysicalFileProvider(Path.Combine(host.ContentRootPath, "wwwroot"))
            : new NullFileProvider();
}
