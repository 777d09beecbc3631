using AudienceSync.Observability;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Resources;
#if !LOCAL
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
#endif

namespace AudienceSync.Hosting;

/// <summary>Who hears of spans, measurements and logs: Application Insights in the deployed build, and a collector of OpenTelemetry where one is named.</summary>
/// <remarks>The one file that knows which build it is in: what the host and Azure Monitor need exists in the deployed one only.</remarks>
internal static class Telemetry
{
    private const string ServiceName = "AudienceSync";

    public static FunctionsApplicationBuilder AddTelemetry(this FunctionsApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry();
#if !LOCAL
        telemetry.UseFunctionsWorkerDefaults();
#endif
        telemetry
            .ConfigureResource(resource => resource.AddService(ServiceName))
            .WithTracing(tracing => tracing.AddSource(Traces.SourceName))
            .WithMetrics(metrics => metrics.AddMeter(Instruments.MeterName));

        // Its protocol, headers and intervals are read from the other OTEL_… variables by the exporter itself.
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            telemetry.WithLogging().UseOtlpExporter();
        }

#if !LOCAL
        if (builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 } connectionString)
        {
            telemetry.UseAzureMonitorExporter(options =>
            {
                options.ConnectionString = connectionString;
                options.Credential = new DefaultAzureCredential(
                    new DefaultAzureCredentialOptions { ManagedIdentityClientId = builder.Configuration["AZURE_CLIENT_ID"] is { Length: > 0 } named ? named : null });
            });
        }
#endif
        return builder;
    }
}
