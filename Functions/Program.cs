using AudienceSync.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.UseAudienceSyncMiddleware();
builder.AddTelemetry();
builder.Services
    .AddObservability()
    .AddStorage()
    .AddAccess()
    .AddHttp()
    .AddInstallationSecrets()
    .AddProfiles()
    .AddSegments()
    .AddConnectors()
    .AddConnections()
    .AddDestinations()
    .AddCampaigns()
    .AddJourneys()
    .AddRuns();
await builder.Build().RunAsync();
