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
    .AddSuppressions()
    .AddSegments()
    .AddConnectors()
    .AddConnections()
    .AddDestinations()
    .AddCampaigns()
    .AddJourneys()
    .AddConfig()
    .AddRuns()
    .AddErasures();
await builder.Build().RunAsync();
