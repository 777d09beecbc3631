using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace AudienceSync.Connectors.Kit;

/// <summary>One conversation with a platform: builds, signs, sends, reads and records the steps of a connector, in order. For one use.</summary>
internal sealed class Conversation(IOutbound outbound, TokenCache tokens, TimeProvider time, ConnectorDefinition connector, ConnectorSettings settings)
{
    /// <summary>Room for an answer at first; it grows with the answer. Ours.</summary>
    private const int FirstRead = 64 * 1024;

    private readonly ImmutableArray<Exchange>.Builder _exchanges = ImmutableArray.CreateBuilder<Exchange>();
    private readonly Redactor _redactor = new(settings);
    private readonly Capabilities _capabilities = connector.CapabilitiesOf(settings);
    private readonly Lock _recording = new();

    public ImmutableArray<Exchange> Exchanges => _exchanges.ToImmutable();

    public ConnectorSettings Settings => settings;

    /// <summary>Calls of this conversation that may be under way side by side.</summary>
    public int CallsAtATime => Math.Max(1, _capabilities.CallsPerBatch);

    public ConnectTimings Timings { get; } = new();

    /// <summary>Runs the steps until one ends the conversation.</summary>
    /// <returns>Its end; null when the steps ran out.</returns>
    public async Task<StepResult?> RunAsync<T>(ImmutableArray<Step<T>> steps, T subject, CancellationToken cancellationToken)
    {
        var notes = new Notes();
        foreach (var step in steps)
        {
            if (await RunAsync(step, subject, notes, cancellationToken) is { } end)
            {
                return end is StepResult.Done(var outcome) ? new StepResult.Done(Redact(outcome)) : end;
            }
        }

        return null;
    }

    /// <inheritdoc cref="ConnectorDefinition.Judge"/>
    public RowOutcome? CheckRow(DeliveryRow row, DeliveryBatch batch) => connector.Judge(row, batch, settings);

    /// <summary>Takes out a credential that a platform repeats in what it says about it.</summary>
    public DeliveryOutcome Redact(DeliveryOutcome outcome) => outcome.MapTexts(_redactor.Text);

    /// <inheritdoc cref="Redact(DeliveryOutcome)"/>
    public RowOutcome Redact(RowOutcome outcome) => outcome.MapTexts(_redactor.Text);

    /// <summary>Records the requests of the steps without sending them. Steps that need an earlier answer build what they can without it.</summary>
    public async Task PreviewAsync(ImmutableArray<Step<DeliveryBatch>> steps, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var notes = new Notes();
        var rest = batch.Part(batch.Rows.Where(row => CheckRow(row, batch) is null));
        foreach (var (step, part) in steps.SelectMany(step => (step.Parts?.Invoke(rest, settings, notes) ?? [rest]).Select(part => (step, part))).Where(at => !at.part.Rows.IsEmpty))
        {
            using var request = step.BuildRequest(part, settings, notes);
            if (request is not null)
            {
                Redirect(request, host: null);
                var body = await BodyOfAsync(request, cancellationToken);
                Sign(request, body, connector.Token?.BuildRequest(settings) is null ? null : "token");
                Record(request, body, response: null, TimeSpan.Zero, failure: null);
            }
        }
    }

    private async Task<StepResult?> RunAsync<T>(Step<T> step, T subject, Notes notes, CancellationToken cancellationToken)
    {
        for (int repeats = 0, pages = 1; ; repeats++)
        {
            var (response, failure) = await CallAsync(() => step.BuildRequest(subject, settings, notes), cancellationToken);
            if (failure is not null)
            {
                return new StepResult.Done(failure);
            }

            if (response is null)
            {
                return null; // the step is skipped
            }

            switch (step.ReadResponse(response, subject, settings, notes))
            {
                case StepResult.Continue:
                    return null;
                case StepResult.Again when repeats == StepResult.MaxRepeats:
                    return StillPending(step.Name);
                case StepResult.Again(var after):
                    await PauseAsync(after, cancellationToken);
                    break;
                case StepResult.Page when pages == StepResult.MaxPages:
                    return TooManyPages(step.Name);
                case StepResult.Page(var cursor, _):
                    (notes, pages, repeats) = (notes.At(cursor), pages + 1, -1);
                    break;
                case var end:
                    return end;
            }
        }
    }

    public static DeliveryOutcome StillPending(string step) =>
        new DeliveryOutcome.Failed("still_pending", $"The step '{step}' did not come to an end after {StepResult.MaxRepeats} repeats.");

    public static DeliveryOutcome TooManyPages(string step) =>
        new DeliveryOutcome.Failed("too_many_pages", $"The step '{step}' did not come to an end after {StepResult.MaxPages} pages.");

    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => Task.Delay(pause, time, cancellationToken);

    /// <summary>One call, with a token if the connection uses one. A token the platform refuses is renewed once: it may have been withdrawn.</summary>
    /// <returns>The answer, or why there is none; neither when the step builds no request.</returns>
    public async Task<(ConnectorResponse? Response, DeliveryOutcome? Failure)> CallAsync(Func<HttpRequestMessage?> build, CancellationToken cancellationToken)
    {
        if (BaseUrl.Check(settings, outbound.AllowsPrivateAddresses) is { } misplaced)
        {
            return (null, new DeliveryOutcome.Misconfigured(misplaced.Code, misplaced.Detail));
        }

        string? refused = null;
        while (true)
        {
            HttpRequestMessage? request;
            AccessToken? token = null;
            try
            {
                request = build();
                if (request is not null && connector.Token is { } source)
                {
                    (token, var refusal) = await TokenAsync(source, refused, cancellationToken);
                    if (refusal is not null)
                    {
                        request.Dispose();
                        return (null, refusal);
                    }
                }
            }
            catch (FormatException)
            {
                // No word of the message: it may hold the value, and the value may be a secret.
                return (null, new DeliveryOutcome.Misconfigured("request_invalid", "The settings make no valid request: an address or a header cannot be formed."));
            }

            if (request is null)
            {
                return (null, null);
            }

            using (request)
            {
                Redirect(request, token?.Host);
                var (response, failure) = await SendAsync(request, token?.Value, cancellationToken);
                if (response is null || token is null || refused is not null || !connector.Token!.Refuses(response))
                {
                    return (response, failure);
                }
            }

            refused = token.Value;
        }
    }

    private async Task<(AccessToken? Token, DeliveryOutcome? Failure)> TokenAsync(TokenSource source, string? refused, CancellationToken cancellationToken)
    {
        using (var request = source.BuildRequest(settings))
        {
            if (request is null)
            {
                return (null, null);
            }
        }

        DeliveryOutcome? failure = null;
        var token = await tokens.GetAsync(connector, settings, refused, FetchAsync, cancellationToken);
        if (token is not null)
        {
            // Credentials of several parts are kept a line each.
            foreach (var secret in token.Value.Split('\n').Append(token.RefreshToken ?? ""))
            {
                _redactor.Add(secret);
            }
        }

        return (token, token is null ? failure : null);

        async Task<AccessToken?> FetchAsync(ConnectorSettings newest)
        {
            if (source.RefreshToken is { } field)
            {
                _redactor.Add(field.In(newest));
            }

            using var request = source.BuildRequest(newest)!;
            Redirect(request, host: null);
            source.Authorize?.Invoke(new(request, await BodyOfAsync(request, cancellationToken), newest, time.GetUtcNow(), Token: null));
            (var response, failure) = await SendAsync(request, token: null, cancellationToken, sign: false);
            var fetched = response is { IsSuccess: true } ? source.ReadResponse(response) : null;
            failure ??= fetched is null ? Refused(response!) : null;
            return fetched;
        }

        // 400 is what OAuth 2 (RFC 6749, 5.2) answers to wrong credentials as well.
        static DeliveryOutcome Refused(ConnectorResponse response) => ResponseRules.Failure(response) switch
        {
            DeliveryOutcome.Throttled throttled => throttled,
            DeliveryOutcome.Failed failed => failed,
            DeliveryOutcome.Misconfigured misconfigured => misconfigured,
            _ => new DeliveryOutcome.Unauthorized("token_refused", ResponseRules.Describe(response)),
        };
    }

    private async Task<(ConnectorResponse? Response, DeliveryOutcome? Failure)> SendAsync(
        HttpRequestMessage request, string? token, CancellationToken cancellationToken, bool sign = true)
    {
        var body = await BodyOfAsync(request, cancellationToken);
        if (_capabilities.MaxBodyBytes is > 0 and var most && body.Length > most)
        {
            return (null, new DeliveryOutcome.Refused("body_too_large", $"The body has {body.Length} bytes; at most {most} are sent."));
        }

        if (settings.Pace is { } pace && await pace.WaitAsync(cancellationToken) is { } tooEarly)
        {
            return (null, tooEarly);
        }

        if (sign)
        {
            Sign(request, body, token);
        }

        request.Options.Set(ConnectTimings.Key, Timings);
        var started = time.GetTimestamp();
        var failure = (DeliveryOutcome?)null;
        var response = (ConnectorResponse?)null;
        using var timeout = new CancellationTokenSource(_capabilities.CallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var message = await outbound.SendAsync(request, either.Token);
            response = await ReadAsync(message, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            failure = NetworkFaults.Timeout(timeout.IsCancellationRequested ? _capabilities.CallTimeout : time.GetElapsedTime(started));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or AddressRefusedException or InvalidDataException
            && NetworkFaults.Read(e) is { } fault)
        {
            failure = fault;
        }

        Record(request, body, response, time.GetElapsedTime(started), failure);
        return (response, failure);
    }

    /// <summary>To the host that the token names, and to the base address of the settings.</summary>
    private void Redirect(HttpRequestMessage request, Uri? host)
    {
        if (host is not null && request.RequestUri is { IsAbsoluteUri: true } built)
        {
            request.RequestUri = new(host, built.PathAndQuery);
        }

        if (BaseUrl.Of(settings) is { } @base && request.RequestUri is { IsAbsoluteUri: true } address)
        {
            request.RequestUri = BaseUrl.Apply(@base, address);
        }
    }

    private void Sign(HttpRequestMessage request, ReadOnlyMemory<byte> body, string? token)
    {
        // HTTP/2 where the host speaks it, which TLS tells; plain http stays at 1.1.
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower);
        request.Headers.UserAgent.Add(new("AudienceSync", null));
        if (!request.IsWithoutCredentials)
        {
            connector.Authorize?.Invoke(new(request, body, settings, time.GetUtcNow(), token));
        }
    }

    private static async Task<ReadOnlyMemory<byte>> BodyOfAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.Content switch
        {
            BodyContent body => body.Bytes,
            { } content => await content.ReadAsByteArrayAsync(cancellationToken),
            null => ReadOnlyMemory<byte>.Empty,
        };

    /// <summary>Reads the answer up to the connector's limit, after decompression: a small answer that unfolds to gigabytes costs no more.</summary>
    private async Task<ConnectorResponse> ReadAsync(HttpResponseMessage message, CancellationToken cancellationToken)
    {
        await using var stream = await message.Content.ReadAsStreamAsync(cancellationToken);
        var most = _capabilities.MaxResponseBytes;
        var buffer = ArrayPool<byte>.Shared.Rent(FirstRead);
        try
        {
            var read = 0;
            while (true)
            {
                var room = buffer.AsMemory(read, Math.Min(buffer.Length, most + 1) - read);
                var more = await stream.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, cancellationToken);
                read += more;
                if (more < room.Length || read > most)
                {
                    break;
                }

                var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, most + 1));
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return new()
            {
                Status = (int)message.StatusCode,
                Headers = [.. Flat(message.Headers), .. Flat(message.Content.Headers)],
                Body = buffer.AsSpan(0, Math.Min(read, most)).ToArray(),
                IsCut = read > most,
                ReceivedAt = time.GetUtcNow(),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Record(HttpRequestMessage request, ReadOnlyMemory<byte> body, ConnectorResponse? response, TimeSpan duration, DeliveryOutcome? failure)
    {
        var exchange = new Exchange(
            request.Method.Method,
            _redactor.Url(request.RequestUri!),
            _redactor.Headers(Flat(request.Headers).Concat(Flat(request.Content?.Headers))),
            _redactor.Body(body.Span, request.Content?.Headers.ContentType?.MediaType),
            response?.Status ?? 0,
            response is null ? [] : _redactor.Headers(response.Headers),
            response is null ? null : _redactor.Body(response.Body.Span, response.Header("Content-Type")),
            duration,
            failure switch
            {
                DeliveryOutcome.Failed failed => failed.Code,
                DeliveryOutcome.Misconfigured misconfigured => misconfigured.Code,
                _ => null,
            });
        lock (_recording)
        {
            _exchanges.Add(exchange);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Flat(System.Net.Http.Headers.HttpHeaders? headers) =>
        headers?.NonValidated.Select(header => KeyValuePair.Create(header.Key, string.Join(", ", header.Value))) ?? [];
}
