namespace Microsoft.Azure.Functions.Worker;

/// <summary>Makes a method a function. The name is unique within the app, letters, digits, <c>_</c> and <c>-</c>, at most 128 characters.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class FunctionAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
