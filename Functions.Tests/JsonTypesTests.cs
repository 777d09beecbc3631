using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Triggers;

namespace AudienceSync;

/// <summary>What holds for every type that is read as JSON.</summary>
public sealed class JsonTypesTests
{
    /// <summary>
    /// The source generator sets every <c>init</c> property when it makes an object, those that the JSON leaves out to <c>default</c>:
    /// an initialiser on one is lost without a word (dotnet/runtime#58770). A default goes on a <c>set</c> property or a constructor parameter.
    /// </summary>
    [Fact]
    public void InitProperties_HaveNoDefaultThatReadingLoses() => Types()
        .Where(type => type.CreateObject is null && type.Type.GetConstructor(Type.EmptyTypes) is not null)
        .SelectMany(LostDefaults)
        .ShouldBeEmpty();

    private static IEnumerable<string> LostDefaults(JsonTypeInfo type)
    {
        var fresh = Activator.CreateInstance(type.Type)!;
        return type.Properties
            .Where(property => property.AssociatedParameter is { IsMemberInitializer: true } && !property.IsRequired && property.Get is not null)
            .Where(property => !Equals(property.Get!(fresh), property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null))
            .Select(property => $"{type.Type.Name}.{property.Name}");
    }

    private static IEnumerable<JsonTypeInfo> Types() => typeof(FallbackApi).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(JsonSerializerContext)))
        .Select(type => (JsonSerializerContext)type.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!)
        .SelectMany(context => context.GetType().GetProperties()
            .Where(property => property.PropertyType.IsSubclassOf(typeof(JsonTypeInfo)))
            .Select(property => (JsonTypeInfo)property.GetValue(context)!))
        .Where(type => type.Kind is JsonTypeInfoKind.Object);
}
