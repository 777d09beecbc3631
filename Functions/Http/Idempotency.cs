using AudienceSync.Faults;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Http;

/// <summary>Answers a POST that is sent again under the same <c>Idempotency-Key</c> as it was answered first, without doing it again.</summary>
/// <remarks>
/// After Stripe's rules and draft-ietf-httpapi-idempotency-key-header-07. Only answers below 400 are kept: a request that was refused or
/// failed may be mended and sent again under its key.
/// </remarks>
/// <param name="root">A secret of the installation, asked for at first use.</param>
public sealed class Idempotency(IIdempotencyStore store, Func<byte[]> root, TimeProvider time)
{
    public const string Header = "Idempotency-Key";

    public const int MaxKeyLength = 255;

    /// <summary>Largest sealed answer that is kept, 512 KiB; of a larger one a replay repeats status and headers only.</summary>
    public const int MaxAnswerBytes = 512 * 1024;

    /// <summary>How long an answer is kept.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    /// <summary>A request that runs longer is taken for crashed, and the next one under its key does its work.</summary>
    public static readonly TimeSpan TakenOverAfter = TimeSpan.FromMinutes(2);

    private readonly Lazy<byte[]> _root = new(root);

    /// <summary>Whether the request asks for it.</summary>
    public static bool IsAskedFor(HttpRequest request) => HttpMethods.IsPost(request.Method) && request.Headers.ContainsKey(Header);

    /// <param name="caller">Keys of one caller mean nothing to another.</param>
    /// <param name="call">Does the work and says how to answer.</param>
    /// <returns>The answer to send: the function's own, the kept one, or a refusal.</returns>
    public async Task<IResult> RunAsync(HttpContext context, string caller, Func<Task<IResult>> call, CancellationToken cancellationToken)
    {
        var key = context.Request.Headers[Header].ToString();
        if (context.Request.Headers[Header].Count != 1 || key.Length is 0 or > MaxKeyLength || key.Any(letter => letter is < ' ' or > '~'))
        {
            return ApiResults.Problem(new(
                RefusalKind.Malformed, "invalid_idempotency_key", "The Idempotency-Key cannot be used", $"Send one key of 1 to {MaxKeyLength} printable ASCII characters, such as a UUID."));
        }

        var scope = new IdempotencyScope(_root.Value, caller, context.Request.Path.Value ?? "", key);
        var hash = await scope.HashAsync(context.Request, cancellationToken);
        return await ClaimAsync(scope.Id, hash, cancellationToken) switch
        {
            Claim.Mine(var record) => await CallAsync(record, scope, context, call),
            Claim.Done(var record) => Replay(record, scope, context),
            Claim.Running(var wait) => ApiResults.Problem(
                Refusal.Conflict("idempotency_in_progress", "The first request is still running", "A request with this Idempotency-Key has not been answered yet. Send it again later."), wait),
            _ => ApiResults.Problem(new(
                RefusalKind.Invalid, "idempotency_key_reused", "The Idempotency-Key belongs to another request", "This key was used for another body. Send a new key with a new request.")),
        };
    }

    /// <summary>Drops what is past its time.</summary>
    public Task<int> TrimAsync(CancellationToken cancellationToken) => store.TrimAsync(time.GetUtcNow(), cancellationToken);

    /// <summary>Settles which of several requests does the work: whoever adds, or takes over, the record.</summary>
    private async Task<Claim> ClaimAsync(string id, string hash, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            var mine = new IdempotencyRecord { Id = id, RequestHash = hash, StartedAt = now, ExpiresAt = now + KeptFor };
            string? etag;
            if (await store.FindAsync(id, cancellationToken) is not { } found)
            {
                etag = await store.TryAddAsync(mine, cancellationToken);
            }
            else if (found.ExpiresAt <= now)
            {
                etag = await store.TryReplaceAsync(mine with { ETag = found.ETag }, cancellationToken);
            }
            else if (found.RequestHash != hash)
            {
                return new Claim.Other();
            }
            else if (found.Answer is not null)
            {
                return new Claim.Done(found);
            }
            else if (found.StartedAt + TakenOverAfter > now)
            {
                return new Claim.Running(TimeSpan.FromSeconds(1));
            }
            else
            {
                etag = await store.TryReplaceAsync(mine with { ETag = found.ETag }, cancellationToken);
            }

            if (etag is not null)
            {
                return new Claim.Mine(mine with { ETag = etag });
            }
        }
    }

    private async Task<IResult> CallAsync(IdempotencyRecord record, IdempotencyScope scope, HttpContext context, Func<Task<IResult>> call)
    {
        StoredAnswer? answer = null;
        try
        {
            answer = await StoredAnswer.CatchAsync(await call(), context);
            return answer;
        }
        finally
        {
            // The caller may be gone; what was done is done, and is noted.
            if (answer is { Status: < 400 })
            {
                await store.TryReplaceAsync(record with { Answer = Seal(answer, scope), People = AnswerSubjects.Of(context) }, CancellationToken.None);
            }
            else
            {
                await store.DeleteAsync(record.Id, record.ETag, CancellationToken.None);
            }
        }
    }

    private static byte[] Seal(StoredAnswer answer, IdempotencyScope scope)
    {
        var sealedAnswer = scope.Seal(answer.ToBytes());
        return sealedAnswer.Length <= MaxAnswerBytes ? sealedAnswer : scope.Seal((answer with { Body = [] }).ToBytes());
    }

    private static StoredAnswer Replay(IdempotencyRecord record, IdempotencyScope scope, HttpContext context)
    {
        context.Response.Headers["Idempotency-Replayed"] = "true";
        return StoredAnswer.FromBytes(scope.Open(record.Answer!.Value.Span));
    }

    private abstract record Claim
    {
        private Claim()
        {
        }

        /// <summary>This request does the work.</summary>
        public sealed record Mine(IdempotencyRecord Record) : Claim;

        /// <summary>It was done before.</summary>
        public sealed record Done(IdempotencyRecord Record) : Claim;

        /// <summary>Another request is doing it.</summary>
        public sealed record Running(TimeSpan Wait) : Claim;

        /// <summary>The key stands for another request.</summary>
        public sealed record Other : Claim;
    }
}
