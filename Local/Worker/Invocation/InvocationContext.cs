using System.Collections;
using System.Diagnostics;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The context of one invocation.</summary>
internal sealed class InvocationContext(InvocationRequest request, IServiceProvider services, Activity activity, CancellationToken cancellationToken) : FunctionContext
{
    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override string FunctionId => request.Function.Definition.Id;

    public override TraceContext TraceContext { get; } = new ActivityTrace(activity.Id ?? "", activity.TraceStateString ?? "");

    public override BindingContext BindingContext { get; } = new Bindings(request.BindingData);

    public override RetryContext RetryContext => request.Retry!;

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override FunctionDefinition FunctionDefinition => request.Function.Definition;

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IInvocationFeatures Features { get; } = new FeatureMap();

    public override CancellationToken CancellationToken { get; } = cancellationToken;

    public InvocationRequest Request => request;

    private sealed class ActivityTrace(string parent, string state) : TraceContext
    {
        public override string TraceParent { get; } = parent;

        public override string TraceState { get; } = state;
    }

    private sealed class Bindings(IReadOnlyDictionary<string, object?> values) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData { get; } = values;
    }

    private sealed class FeatureMap : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> _features = [];

        public void Set<T>(T instance) => _features[typeof(T)] = instance ?? throw new ArgumentNullException(nameof(instance));

        public T? Get<T>() => _features.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>Where the function's return value lies until the trigger's middleware takes it.</summary>
internal sealed class ResultSlot
{
    public object? Value { get; set; }
}

/// <param name="retryCount">1 on the first repetition.</param>
internal sealed class RetryState(int retryCount, int maxRetryCount) : RetryContext
{
    public override int RetryCount { get; } = retryCount;

    public override int MaxRetryCount { get; } = maxRetryCount;
}
