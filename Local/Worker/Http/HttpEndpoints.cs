using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The routes of the HTTP functions.</summary>
internal sealed class HttpEndpoints(FunctionCatalog catalog, FunctionInvoker invoker)
{
    /// <exception cref="FunctionsHostException">A template is malformed, or two functions have the same one for the same verb.</exception>
    public IReadOnlyList<Endpoint> Build()
    {
        var functions = catalog.Enabled<Trigger.Http>().ToList();
        RefuseSameRoutes(functions);
        return [.. functions.Select(pair => Build(pair.Function, pair.Trigger))];
    }

    /// <summary>Routing finds an unknown constraint at the first request; this finds it at start.</summary>
    public static void Check(IEnumerable<Endpoint> endpoints, IServiceProvider services)
    {
        var policies = services.GetRequiredService<ParameterPolicyFactory>();
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            foreach (var parameter in endpoint.RoutePattern.Parameters)
            {
                foreach (var reference in parameter.ParameterPolicies)
                {
                    try
                    {
                        policies.Create(parameter, reference);
                    }
                    catch (InvalidOperationException exception)
                    {
                        throw new FunctionsHostException($"{endpoint.DisplayName}: {exception.Message}", exception);
                    }
                }
            }
        }
    }

    private RouteEndpoint Build(FunctionEntry function, Trigger.Http trigger)
    {
        var endpoint = new RouteEndpointBuilder(context => InvokeAsync(function, context), Parse(function, trigger.Template), order: 0)
        {
            DisplayName = $"Function '{function.Name}'",
            Metadata = { HostEndpoint.Mark },
        };
        if (!trigger.Methods.IsEmpty)
        {
            endpoint.Metadata.Add(new HttpMethodMetadata(trigger.Methods));
        }

        return (RouteEndpoint)endpoint.Build();
    }

    private async Task InvokeAsync(FunctionEntry function, HttpContext context)
    {
        var failure = await invoker.InvokeAsync(
            new()
            {
                Function = function,
                TriggerValue = context.Request,
                BindingData = context.Request.RouteValues,
                HttpContext = context,
            },
            context.RequestAborted);
        if (failure is null)
        {
            return;
        }

        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
    }

    private static RoutePattern Parse(FunctionEntry function, string template)
    {
        try
        {
            return RoutePatternFactory.Parse(template);
        }
        catch (RoutePatternException exception)
        {
            throw new FunctionsHostException($"Function '{function.Name}': the route '{template}' is malformed: {exception.Message}", exception);
        }
    }

    private static void RefuseSameRoutes(List<(FunctionEntry Function, Trigger.Http Trigger)> functions)
    {
        var seen = new Dictionary<(string Template, string Verb), string>();
        foreach (var (function, trigger) in functions)
        {
            foreach (var verb in trigger.Methods.DefaultIfEmpty("any verb"))
            {
                if (!seen.TryAdd((trigger.Template.ToUpperInvariant(), verb), function.Name))
                {
                    throw new FunctionsHostException(
                        $"Functions '{seen[(trigger.Template.ToUpperInvariant(), verb)]}' and '{function.Name}' have the same route '{trigger.Template}' for {verb}.");
                }
            }
        }
    }
}

/// <summary>Tells this host's endpoints from those that routing makes up, such as its 405.</summary>
internal sealed class HostEndpoint
{
    public static readonly HostEndpoint Mark = new();

    private HostEndpoint()
    {
    }
}
