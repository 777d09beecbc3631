namespace Azure.Data.Tables;

/// <summary>The row asked for does not exist.</summary>
internal sealed class NoValueResponse<T>(Response response) : NullableResponse<T>
{
    public override bool HasValue => false;

    public override T? Value => throw new InvalidOperationException($"There is no value: the service answered {response.Status}. Check HasValue first.");

    public override Response GetRawResponse() => response;
}
