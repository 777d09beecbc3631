namespace AudienceSync.Faults;

/// <summary>What a service answers when "no" is an expected answer: a value, or a refusal.</summary>
public abstract record Result<T>
{
    private Result()
    {
    }

    public sealed record Ok(T Value) : Result<T>;

    public sealed record Refused(Refusal Refusal) : Result<T>;

    public static implicit operator Result<T>(T value) => new Ok(value);

    public static implicit operator Result<T>(Refusal refusal) => new Refused(refusal);

    public TOut Match<TOut>(Func<T, TOut> ok, Func<Refusal, TOut> refused) => this switch
    {
        Ok(var value) => ok(value),
        Refused(var refusal) => refused(refusal),
        _ => throw new InvalidOperationException("The family of results is closed."),
    };

    /// <summary>Goes on with the value; a refusal stays one.</summary>
    public async Task<Result<TOut>> ThenAsync<TOut>(Func<T, Task<Result<TOut>>> next) => this switch
    {
        Ok(var value) => await next(value),
        Refused(var refusal) => refusal,
        _ => throw new InvalidOperationException("The family of results is closed."),
    };
}
