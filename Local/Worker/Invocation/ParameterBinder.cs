using System.Globalization;
using System.Text.Json;
using Azure.Core.Serialization;
using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Gives each parameter its value: from the trigger, else from the binding data of the same name (without regard to case),
/// converted in the order of the worker's own converters.
/// </summary>
internal sealed class ParameterBinder(IOptions<WorkerOptions> worker, IOptions<JsonSerializerOptions> json)
{
    private readonly ObjectSerializer _serializer = worker.Value.Serializer ?? new JsonObjectSerializer(json.Value);

    /// <exception cref="FunctionInputConverterException">A value does not fit its parameter.</exception>
    public object?[] Bind(InvocationContext context)
    {
        var parameters = context.FunctionDefinition.Parameters;
        var values = new object?[parameters.Length];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = Bind(parameters[index], context);
        }

        return values;
    }

    private object? Bind(FunctionParameter parameter, InvocationContext context)
    {
        var type = Nullable.GetUnderlyingType(parameter.Type) ?? parameter.Type;
        if (type == typeof(FunctionContext))
        {
            return context;
        }

        if (type == typeof(CancellationToken))
        {
            return context.CancellationToken;
        }

        var source = parameter.Name == context.Request.Function.TriggerParameter
            ? context.Request.TriggerValue
            : Find(context.Request.BindingData, parameter.Name);
        if (source is null)
        {
            return Missing(parameter, context);
        }

        try
        {
            return source is QueueMessage message ? FromMessage(message, type) : Convert(source, type);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or NotSupportedException or InvalidCastException)
        {
            throw new FunctionInputConverterException(
                $"Function '{context.FunctionDefinition.Name}': the value of '{parameter.Name}' does not convert to {parameter.Type}: {exception.Message}", exception);
        }
    }

    private static object? Missing(FunctionParameter parameter, InvocationContext context) => parameter switch
    {
        { HasDefaultValue: true } => parameter.DefaultValue,
        { IsReferenceOrNullableType: true } => null,
        _ when parameter.Type == typeof(HttpRequest) => context.Request.HttpContext?.Request,
        _ => throw new FunctionInputConverterException($"Function '{context.FunctionDefinition.Name}': nothing binds to the parameter '{parameter.Name}'."),
    };

    private object? FromMessage(QueueMessage message, Type type) =>
        type == typeof(QueueMessage) ? message
        : type == typeof(BinaryData) ? message.Body
        : type == typeof(byte[]) ? message.Body.ToArray()
        : type == typeof(ReadOnlyMemory<byte>) ? message.Body.ToMemory()
        : Convert(message.Body.ToString(), type);

    private object? Convert(object source, Type type)
    {
        if (type.IsInstanceOfType(source))
        {
            return source;
        }

        if (source is not string text)
        {
            return type == typeof(string) ? _serializer.Serialize(source).ToString() : throw new InvalidCastException($"it is a {source.GetType()}.");
        }

        return type == typeof(Guid) && Guid.TryParse(text, out var guid) ? guid
            : type == typeof(DateTime) && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time
            : type == typeof(DateTimeOffset) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment
            : FromJson(BinaryData.FromString(text), type);
    }

    private object? FromJson(BinaryData body, Type type)
    {
        using var stream = body.ToStream();
        return _serializer.Deserialize(stream, type, CancellationToken.None);
    }

    private static object? Find(IReadOnlyDictionary<string, object?> data, string name) =>
        data.TryGetValue(name, out var exact)
            ? exact
            : data.FirstOrDefault(pair => pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}
