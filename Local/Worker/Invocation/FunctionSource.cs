using System.Reflection;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The types searched for functions. The last one registered counts, so a test may put its own classes in the place of the app's.</summary>
internal sealed record FunctionSource(string Name, IReadOnlyList<Type> Types)
{
    public static FunctionSource Of(Assembly assembly) => new(assembly.GetName().Name ?? "functions", assembly.GetTypes());

    public static FunctionSource Of(params Type[] types) => new(types[0].Assembly.GetName().Name ?? "functions", types);

    public IEnumerable<MethodInfo> Methods() =>
        from type in Types
        from method in type.GetMethods(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where method.IsDefined(typeof(FunctionAttribute), inherit: false)
        select method;
}
