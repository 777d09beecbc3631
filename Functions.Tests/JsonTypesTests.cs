using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Http;
using AudienceSync.Triggers;
using Mono.Cecil;

namespace AudienceSync;

/// <summary>What holds for every type that a request's body is read as.</summary>
public sealed class JsonTypesTests
{
    [Fact]
    public void Bodies_AreFound() => Bodies().ShouldNotBeEmpty();

    /// <summary>
    /// The source generator sets every <c>init</c> property when it makes an object, those that the JSON leaves out to <c>default</c>:
    /// an initialiser on one is lost without a word (dotnet/runtime#58770). A default goes on a <c>set</c> property or a constructor parameter.
    /// </summary>
    [Fact]
    public void InitProperties_HaveNoDefaultThatReadingLoses() => Bodies()
        .SelectMany(Reachable)
        .Distinct()
        .Where(type => type.Type.GetConstructor(Type.EmptyTypes) is not null)
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

    /// <summary>The objects that a body of this type is made of.</summary>
    private static HashSet<JsonTypeInfo> Reachable(JsonTypeInfo root)
    {
        var reached = new HashSet<JsonTypeInfo>();
        var open = new Queue<JsonTypeInfo>([root]);
        while (open.TryDequeue(out var type))
        {
            IEnumerable<Type?> parts = [type.ElementType, Nullable.GetUnderlyingType(type.Type), .. type.Kind is JsonTypeInfoKind.Object ? type.Properties.Select(property => property.PropertyType) : []];
            foreach (var part in parts.OfType<Type>().Append(type.Type))
            {
                if (type.Options.GetTypeInfo(part) is var info && reached.Add(info))
                {
                    open.Enqueue(info);
                }
            }
        }

        reached.RemoveWhere(type => type.Kind is not JsonTypeInfoKind.Object);
        return reached;
    }

    /// <summary>The types that <see cref="ApiRequest"/> is asked to read, as the compiled calls name them.</summary>
    private static IReadOnlyList<JsonTypeInfo> Bodies()
    {
        using var assembly = AssemblyDefinition.ReadAssembly(typeof(FallbackApi).Assembly.Location);
        var names = assembly.MainModule.GetTypes()
            .SelectMany(type => type.Methods)
            .Where(method => method.HasBody)
            .SelectMany(method => method.Body.Instructions)
            .Select(instruction => instruction.Operand)
            .OfType<GenericInstanceMethod>()
            .Where(call => call.DeclaringType.FullName == typeof(ApiRequest).FullName && call.GenericArguments[0] is TypeDefinition)
            .Select(call => call.GenericArguments[0].FullName)
            .ToHashSet();
        return [.. Known().Where(type => names.Contains(type.Type.FullName!)).DistinctBy(type => type.Type)];
    }

    private static IEnumerable<JsonTypeInfo> Known() => typeof(FallbackApi).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(JsonSerializerContext)))
        .Select(type => (JsonSerializerContext)type.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!)
        .SelectMany(context => context.GetType().GetProperties()
            .Where(property => property.PropertyType.IsSubclassOf(typeof(JsonTypeInfo)))
            .Select(property => (JsonTypeInfo)property.GetValue(context)!));
}
