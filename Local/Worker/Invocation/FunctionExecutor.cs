using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The end of the pipeline: makes the class, binds the parameters, calls the method and keeps what it returned.</summary>
internal sealed class FunctionExecutor(IFunctionActivator activator, ParameterBinder binder)
{
    private readonly ConcurrentDictionary<Type, PropertyInfo?> _taskResults = new();

    public async Task ExecuteAsync(FunctionContext context)
    {
        var invocation = (InvocationContext)context;
        var method = invocation.Request.Function.Method;
        var arguments = binder.Bind(invocation);
        var instance = method.IsStatic ? null : activator.CreateInstance(method.ReflectedType!, context);
        var returned = method.Invoke(instance, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);
        context.GetInvocationResult().Value = await ResultAsync(returned);
    }

    private async Task<object?> ResultAsync(object? returned)
    {
        if (returned is ValueTask valueTask)
        {
            returned = valueTask.AsTask();
        }
        else if (returned?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            returned = type.GetMethod(nameof(ValueTask<>.AsTask))!.Invoke(returned, parameters: null);
        }

        if (returned is not Task task)
        {
            return returned;
        }

        await task;
        var result = _taskResults.GetOrAdd(task.GetType(), static taskType => taskType.GetProperty(nameof(Task<>.Result)));
        // An async method without a result returns a Task<VoidTaskResult> underneath.
        return result is null || result.PropertyType.FullName == "System.Threading.Tasks.VoidTaskResult" ? null : result.GetValue(task);
    }
}

/// <summary>A new instance for each invocation, from the services of its scope. It need not be registered and is not disposed.</summary>
internal sealed class ScopeActivator : IFunctionActivator
{
    private readonly ConcurrentDictionary<Type, ObjectFactory> _factories = new();

    public object CreateInstance(Type instanceType, FunctionContext context) =>
        _factories.GetOrAdd(instanceType, static type => ActivatorUtilities.CreateFactory(type, []))(context.InstanceServices, arguments: null);
}
