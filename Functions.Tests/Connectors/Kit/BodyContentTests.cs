using System.Buffers;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;

namespace AudienceSync.Connectors.Kit;

/// <summary>The memory of a body is used again, but never while somebody may read it still. All on one thread, whose pool gives back the last array it got.</summary>
public sealed class BodyContentTests
{
    private static readonly byte[] Text = "{\"members\":[]}"u8.ToArray();

    [Fact]
    public async Task Dispose_AfterItWasSent_GivesTheMemoryBack()
    {
        var body = BodyContent.Copy(Text, "application/json");
        var memory = MemoryOf(body);
        using var sent = new MemoryStream();

        await body.CopyToAsync(sent);
        await body.CopyToAsync(sent); // a connection that was closed meanwhile is tried again
        body.Dispose();
        body.Dispose();

        sent.ToArray().ShouldBe([.. Text, .. Text]);
        var (first, second) = (ArrayPool<byte>.Shared.Rent(Text.Length), ArrayPool<byte>.Shared.Rent(Text.Length));
        first.ShouldBeSameAs(memory);
        second.ShouldNotBeSameAs(memory, "it was given back twice");
    }

    [Fact]
    public async Task Dispose_WhileItIsBeingSent_LeavesTheMemoryToTheStream()
    {
        var body = BodyContent.Copy(Text, "application/json");
        var memory = MemoryOf(body);
        using var stream = new SlowStream();
        var sending = body.CopyToAsync(stream);

        body.Dispose();

        sending.IsCompleted.ShouldBeFalse();
        ArrayPool<byte>.Shared.Rent(Text.Length).ShouldNotBeSameAs(memory);
        stream.Held.ToArray().ShouldBe(Text);
        stream.Written.SetResult();
        await sending;
    }

    [Fact]
    public async Task Dispose_AfterSendingFailed_LeavesTheMemoryToTheCollector()
    {
        var body = BodyContent.Copy(Text, "application/json");
        var memory = MemoryOf(body);
        using var stream = new SlowStream();
        stream.Written.SetException(new IOException("The connection was reset."));

        await Should.ThrowAsync<HttpRequestException>(() => body.CopyToAsync(stream));
        body.Dispose();

        ArrayPool<byte>.Shared.Rent(Text.Length).ShouldNotBeSameAs(memory);
    }

    [Fact]
    public async Task Headers_SayTypeAndLength()
    {
        using var body = new BodyContent(Text, "text/csv; charset=utf-8");

        body.Headers.ContentType.ShouldBe(MediaTypeHeaderValue.Parse("text/csv; charset=utf-8"));
        body.Headers.ContentLength.ShouldBe(Text.Length);
        (await body.ReadAsByteArrayAsync()).ShouldBe(Text);
        body.Bytes.ToArray().ShouldBe(Text);
    }

    private static byte[] MemoryOf(BodyContent body)
    {
        MemoryMarshal.TryGetArray(body.Bytes, out var segment).ShouldBeTrue();
        return segment.Array!;
    }

    /// <summary>Holds what is written until the test says that it is.</summary>
    private sealed class SlowStream : MemoryStream
    {
        public TaskCompletionSource Written { get; } = new();

        public ReadOnlyMemory<byte> Held { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Held = buffer;
            return new(Written.Task);
        }
    }
}
