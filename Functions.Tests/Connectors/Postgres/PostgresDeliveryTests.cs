using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Postgres;

/// <summary>What becomes of batches on a real server.</summary>
public sealed class PostgresDeliveryTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static int _tables;

    private readonly string _table = string.Create(CultureInfo.InvariantCulture, $"t{Interlocked.Increment(ref _tables)}");
    private readonly ConnectorClient _client = new(new ScriptedOutbound([]), TimeProvider.System, transports: [new PostgresTransport(PostgresFixture.Access())]);

    [PostgresFact]
    public async Task Deliver_AddsUpdatesAndRemoves_TheTableFollows()
    {
        await CreateAsync("customer_id text PRIMARY KEY, email text, orders int, stranger text");
        await postgres.ExecuteAsync($"INSERT INTO {_table} VALUES ('stranger', 's@example.com', 1, 'kept')");

        await AcceptAsync(Add("a", ("email", Cell.Of("a@example.com")), ("orders", Cell.Of(3L))), Add("b", ("orders", Cell.Of(1L))), Add("c"));
        await AcceptAsync(Update("b", ("email", Cell.Of("b@example.com")), ("orders", Cell.Of(2L))), Remove("c"), Add("d"));
        await AcceptAsync(Add("a", ("orders", Cell.Of(4L))), Remove("gone"));

        (await RowsAsync("customer_id, email, orders, stranger")).ShouldBe(
            ["a|a@example.com|4|∅", "b|b@example.com|2|∅", "d|∅|∅|∅", "stranger|s@example.com|1|kept"]);
    }

    [PostgresFact]
    public async Task Deliver_EveryTypeOfValue_ArrivesAsItIs()
    {
        await CreateAsync(
            "customer_id bigint PRIMARY KEY, text text, whole bigint, number numeric, flag boolean, moment timestamptz, plain timestamp, day date, tags text[], code uuid, doc jsonb, short varchar(3)");
        var moment = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero);

        await AcceptAsync(
            Add(
                "42", ("text", Cell.Of("ä \"quoted\" \\ 'x' \n 𝄞")), ("whole", Cell.Of(long.MinValue)), ("number", Cell.Of(12345678901234567890.12345678m)), ("flag", Cell.Of(true)),
                ("moment", Cell.Of(moment)), ("plain", Cell.Of(moment)), ("day", Cell.Of(new DateOnly(2024, 2, 29))), ("tags", Cell.Of(["a,b", "{c}", "\"d\""])),
                ("code", Cell.Of("6D92078A-8246-4BA4-AE5B-76104861E7DC")), ("doc", Cell.Of("text")), ("short", Cell.Of("abc"))));

        (await postgres.QueryAsync($"SELECT text, whole, number, flag, moment = timestamptz '2026-03-04T05:06:07.089Z' AS m, plain::text, day, tags[3], array_length(tags, 1), code, doc, short FROM {_table}"))
            .ShouldBe(["ä \"quoted\" \\ 'x' \n 𝄞|-9223372036854775808|12345678901234567890.12345678|true|true|2026-03-04 05:06:07.089|2024-02-29|\"d\"|3|6d92078a-8246-4ba4-ae5b-76104861e7dc|text|abc"]);
    }

    /// <summary>One bad row, or several, keep nobody else from the table; what is told of them is no value of theirs.</summary>
    [PostgresFact]
    public async Task Deliver_RowsThatTheTableRefuses_AreFoundAndTheOthersTaken()
    {
        await CreateAsync("customer_id text PRIMARY KEY, email varchar(20) UNIQUE, orders int CHECK (orders >= 0), name text NOT NULL DEFAULT 'x'");
        DeliveryRow[] rows = [.. Enumerable.Range(0, 200).Select(number => Add(
            string.Create(CultureInfo.InvariantCulture, $"c{number:D3}"),
            ("email", Cell.Of(number switch { 17 => "far-too-long-for-the-column@example.com", 63 => "m5@example.com", _ => $"m{number}@example.com" })),
            ("orders", number switch { 99 => Cell.Of(-1L), 140 => Cell.Of("many"), _ => Cell.Of(1L) })))];
        rows[199] = rows[199] with { Fields = new(rows[199].Fields) };
        rows[199].Fields.SetNull("name");

        var report = await DeliverAsync(rows);

        var answers = report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows;
        var rejected = answers.Index().Where(answer => answer.Item.Fate is RowFate.Rejected).ToDictionary(answer => answer.Index, answer => answer.Item);
        rejected.Keys.ShouldBe([17, 63, 99, 140, 199]);
        rejected.Values.Select(answer => answer.Code).ShouldBe(["postgres_22001", "postgres_23505", "postgres_23514", "postgres_22P02", "postgres_23502"]);
        (await postgres.QueryAsync($"SELECT count(*) FROM {_table}")).ShouldBe(["195"]);
        var told = string.Join('\n', rejected.Values.Select(answer => answer.Detail).Concat(report.Exchanges.Select(exchange => $"{exchange.RequestBody} {exchange.ResponseBody}")));
        foreach (var secret in (string[])["far-too-long", "m5@example.com", "many", "c017", "-1"])
        {
            told.ShouldNotContain(secret);
        }

        rejected[140].Detail.ShouldBe("invalid input syntax for type integer.");
    }

    [PostgresFact]
    public async Task Deliver_TwoMembersWithOneKey_BothAreAccepted()
    {
        await CreateAsync("customer_id text PRIMARY KEY, orders int");

        await AcceptAsync(Add("same", ("orders", Cell.Of(1L))), Add("other", ("orders", Cell.Of(5L))), Add("same", ("orders", Cell.Of(2L))));

        (await RowsAsync("customer_id, orders")).ShouldBe(["other|5", "same|2"]);
    }

    /// <summary>A value left out keeps what is there; an explicit null clears it.</summary>
    [PostgresFact]
    public async Task Deliver_LeftOutAndNull_AreTwoThings()
    {
        await CreateAsync("customer_id text PRIMARY KEY, email text DEFAULT 'none', orders int");
        await AcceptAsync(Add("a", ("email", Cell.Of("a@example.com")), ("orders", Cell.Of(1L))), Add("b", ("orders", Cell.Of(1L))));
        var clear = Update("a");
        clear.Fields.SetNull("orders");

        await AcceptAsync(clear, Update("b", ("orders", Cell.Of(2L))));

        (await RowsAsync("customer_id, email, orders")).ShouldBe(["a|a@example.com|∅", "b|none|2"]);
    }

    [PostgresFact]
    public async Task Deliver_RemovalsAreMarked_RowsStayAndComeBack()
    {
        await CreateAsync("customer_id text PRIMARY KEY, email text, removed_at timestamptz");
        (string, string)[] settings = [("removals", "mark")];
        await AcceptAsync(settings, Add("a", ("email", Cell.Of("a@example.com"))), Add("b"));

        await AcceptAsync(settings, Remove("a"), Remove("b"));
        (await RowsAsync("customer_id, email, removed_at = timestamptz '2026-08-01T12:00:00Z' AS marked")).ShouldBe(["a|a@example.com|true", "b|∅|true"]);

        await AcceptAsync(settings, Add("b"));
        (await RowsAsync("customer_id, removed_at IS NULL AS there")).ShouldBe(["a|false", "b|true"]);
    }

    [PostgresFact]
    public async Task Deliver_UpdateOnly_ChangesWhoIsThereAndMakesNobody()
    {
        await CreateAsync("customer_id text PRIMARY KEY, orders int");
        await postgres.ExecuteAsync($"INSERT INTO {_table} VALUES ('a', 1), ('c', 1)");
        var batch = Batch(DeliveryForm.Membership, Update("a", ("orders", Cell.Of(2L))), Update("b", ("orders", Cell.Of(2L))), Update("c", ("orders", Cell.Of(3L)))) with { AttributesOnly = true };

        var report = await DeliverAsync(batch);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe([null, "not_in_table", null]);
        (await RowsAsync("customer_id, orders")).ShouldBe(["a|2", "c|3"]);
    }

    [PostgresFact]
    public async Task Deliver_KeyOfTwoColumns_FindsRowsByBoth()
    {
        await CreateAsync("brand text, customer_id int, email text, UNIQUE (customer_id, brand)");
        ImmutableArray<string> keys = ["brand", "customer_id"];
        await postgres.ExecuteAsync($"INSERT INTO {_table} VALUES ('x', 1, 'old'), ('y', 1, 'old')");

        var report = await DeliverAsync(Batch(
            DeliveryForm.Membership,
            Row(DeliveryOperation.Update, ("brand", Cell.Of("x")), ("customer_id", Cell.Of(1L)), ("email", Cell.Of("new"))),
            Row(DeliveryOperation.Add, ("brand", Cell.Of("x")), ("customer_id", Cell.Of(2L))),
            Row(DeliveryOperation.Remove, ("brand", Cell.Of("y")), ("customer_id", Cell.Of(1L))),
            Row(DeliveryOperation.Add, ("brand", Cell.Of("z")))) with
        {
            KeyNames = keys,
            FieldNames = ["brand", "customer_id", "email"],
        });

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe([null, null, null, "missing_identifier"]);
        (await postgres.QueryAsync($"SELECT brand, customer_id, email FROM {_table} ORDER BY 1, 2")).ShouldBe(["x|1|new", "x|2|∅"]);
    }

    /// <summary>Names are quoted, whatever they hold: none of them becomes SQL.</summary>
    [PostgresFact]
    public async Task Deliver_NamesFullOfSql_AreNames()
    {
        const string column = "a\"; DROP TABLE x; --";
        await postgres.ExecuteAsync($"CREATE TABLE \"{_table} \"\"x\"\"\" (\"Customer Id\" text PRIMARY KEY, \"a\"\"; DROP TABLE x; --\" int, \"select\" text)");
        var batch = Batch(DeliveryForm.Membership, Row(DeliveryOperation.Add, ("Customer Id", Cell.Of("1")), (column, Cell.Of(7L)), ("select", Cell.Of("'); DROP TABLE x; --")))) with
        {
            Audience = new("dst_1", "key", "Name", $"{_table} \"x\""),
            KeyNames = ["Customer Id"],
            FieldNames = ["Customer Id", column, "select"],
        };

        (await DeliverAsync(batch)).Outcome.ShouldBe(DeliveryOutcome.AllAccepted(batch), new Settled());

        (await postgres.QueryAsync($"SELECT * FROM \"{_table} \"\"x\"\"\"")).ShouldBe(["1|7|'); DROP TABLE x; --"]);
    }

    [PostgresFact]
    public async Task Deliver_Events_AppendsEachOnce()
    {
        await postgres.ExecuteAsync($"CREATE TABLE {_table} (event_id text PRIMARY KEY, event text, occurred_at timestamptz, audience_key text, customer_id text, orders int)");
        var batch = Batch(DeliveryForm.Events, Add("a", ("orders", Cell.Of(1L))), Update("b", ("orders", Cell.Of(2L))), Remove("c")) with
        {
            FieldNames = ["customer_id", "orders"],
        };

        (await DeliverAsync(batch)).Outcome.ShouldBe(DeliveryOutcome.AllAccepted(batch), new Settled());
        (await DeliverAsync(batch)).Outcome.ShouldBe(DeliveryOutcome.AllAccepted(batch), new Settled());

        (await postgres.QueryAsync($"SELECT event, audience_key, customer_id, orders, occurred_at = timestamptz '2026-08-01T12:00:00Z' AS at FROM {_table} ORDER BY customer_id"))
            .ShouldBe(["Audience Entered|lapsed_loyal|a|1|true", "Audience Changed|lapsed_loyal|b|2|true", "Audience Exited|lapsed_loyal|c|∅|true"]);
    }

    public static TheoryData<string, string, string> Unfit => new()
    {
        { "", "table_missing", "There is no table public." },
        { "customer_id text PRIMARY KEY, email text", "column_missing", "ADD COLUMN \"orders\" text" },
        { "customer_id text, orders int", "key_missing", "CREATE UNIQUE INDEX ON" },
        { "customer_id text, orders int, UNIQUE (customer_id, orders)", "key_missing", "CREATE UNIQUE INDEX ON" },
    };

    [PostgresTheory]
    [MemberData(nameof(Unfit))]
    public async Task Deliver_UnfitTable_SaysWhatItLacks(string columns, string code, string words)
    {
        if (columns.Length > 0)
        {
            await CreateAsync(columns);
        }

        var outcome = (await DeliverAsync(Add("a", ("orders", Cell.Of(1L))))).Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();

        outcome.Code.ShouldBe(code);
        outcome.Detail.ShouldContain(words);
    }

    [PostgresFact]
    public async Task Deliver_UserMustNotWrite_SaysWhatToGrant()
    {
        await CreateAsync("customer_id text PRIMARY KEY, orders int");
        await postgres.ExecuteAsync($"CREATE ROLE reader_{_table} LOGIN PASSWORD 'reader-password'");

        var report = await DeliverAsync(Batch(DeliveryForm.Membership, Add("a")), ("user", $"reader_{_table}"), ("password", "reader-password"));

        var outcome = report.Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();
        outcome.Code.ShouldBe("permission_denied");
        outcome.Detail.ShouldContain(_table);
    }

    [PostgresFact]
    public async Task Deliver_WrongPassword_IsUnauthorizedAndTellsNoSecret()
    {
        var report = await DeliverAsync(Batch(DeliveryForm.Membership, Add("a")), ("password", "not-the-password"));

        var outcome = report.Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>();
        outcome.Code.ShouldBe("access_denied");
        outcome.Detail.ShouldNotContain("not-the-password");
    }

    [PostgresFact]
    public async Task Deliver_ServerIsGone_IsTriedAgain()
    {
        using var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        var port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();

        var report = await DeliverAsync(Batch(DeliveryForm.Membership, Add("a")), ("port", port.ToString(CultureInfo.InvariantCulture)));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Failed>().Code.ShouldBe("connect_failed");
        BatchSender.IsKnownLost("connect_failed").ShouldBeTrue();
    }

    [PostgresFact]
    public async Task Deliver_ConnectionCutInTheMidst_ChangesNothing()
    {
        await CreateAsync("customer_id text PRIMARY KEY, orders int");
        await postgres.ExecuteAsync($"CREATE FUNCTION cut_{_table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.customer_id = 'cut' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$");
        await postgres.ExecuteAsync($"CREATE TRIGGER cut BEFORE INSERT ON {_table} FOR EACH ROW EXECUTE FUNCTION cut_{_table}()");

        var report = await DeliverAsync(Add("a"), Add("cut"), Add("z"));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Failed>();
        (await postgres.QueryAsync($"SELECT * FROM {_table}")).ShouldBeEmpty();
    }

    /// <summary>What is recorded shows the statement and how many rows it was about.</summary>
    [PostgresFact]
    public async Task Exchanges_ShowStatementsAndNobody()
    {
        await CreateAsync("customer_id text PRIMARY KEY, email text");
        var batch = Batch(DeliveryForm.Membership, Add("c-ana", ("email", Cell.Of("ana@example.com"))), Remove("c-bob"));

        var report = await DeliverAsync(batch);
        var preview = await _client.PreviewAsync(Definition, postgres.Settings(), batch, default);

        report.Exchanges.Select(exchange => (exchange.Method, exchange.Status, exchange.ResponseBody)).ShouldBe([("INSERT", 200, "{\"rows\":1}"), ("DELETE", 200, "{\"rows\":0}")]);
        report.Exchanges[0].RequestBody!.ShouldStartWith($"{{\"statement\":\"INSERT INTO \\\"public\\\".\\\"{_table}\\\" (\\\"customer_id\\\", \\\"email\\\") SELECT");
        report.Exchanges[0].Url.ShouldBe($"postgresql://127.0.0.1:{postgres.Port}/{postgres.Database}");
        report.Exchanges.ShouldAllBe(exchange => !exchange.ToString().Contains("ana", StringComparison.Ordinal) && !exchange.ToString().Contains("bob", StringComparison.Ordinal) && !exchange.ToString().Contains(PostgresFixture.Password, StringComparison.Ordinal));
        preview[0].RequestBody!.ShouldContain("\"values\":[{\"customer_id\":\"c-ana\",\"email\":\"ana@example.com\"}]");
        preview.ShouldAllBe(exchange => exchange.Status == 0);
    }

    private static ConnectorDefinition Definition => ConnectorList.All.Find("postgres")!;

    private Task CreateAsync(string columns) => postgres.ExecuteAsync($"CREATE TABLE {_table} ({columns})");

    private Task<IReadOnlyList<string>> RowsAsync(string columns) => postgres.QueryAsync($"SELECT {columns} FROM {_table} ORDER BY customer_id");

    private Task AcceptAsync(params DeliveryRow[] rows) => AcceptAsync([], rows);

    private async Task AcceptAsync((string, string)[] settings, params DeliveryRow[] rows)
    {
        var batch = Batch(DeliveryForm.Membership, rows);
        (await DeliverAsync(batch, settings)).Outcome.ShouldBe(DeliveryOutcome.AllAccepted(batch), new Settled());
    }

    private Task<DeliveryReport> DeliverAsync(params DeliveryRow[] rows) => DeliverAsync(Batch(DeliveryForm.Membership, rows));

    private Task<DeliveryReport> DeliverAsync(DeliveryBatch batch, params (string, string)[] settings) =>
        _client.DeliverAsync(Definition, postgres.Settings(settings), batch, default);

    private DeliveryBatch Batch(DeliveryForm form, params DeliveryRow[] rows) => new()
    {
        Audience = new("dst_1", "lapsed_loyal", "Lapsed loyal", _table),
        Form = form,
        RunId = "run_1",
        MessageId = "msg_1",
        Number = 0,
        AsOf = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero),
        FieldNames = [.. rows.SelectMany(row => row.Fields.Select(cell => cell.Key)).Distinct()],
        KeyNames = ["customer_id"],
        Rows = [.. rows],
    };

    private static DeliveryRow Add(string id, params (string, Cell)[] fields) => Row(DeliveryOperation.Add, [("customer_id", Cell.Of(id)), .. fields]);

    private static DeliveryRow Update(string id, params (string, Cell)[] fields) => Row(DeliveryOperation.Update, [("customer_id", Cell.Of(id)), .. fields]);

    private static DeliveryRow Remove(string id) => Row(DeliveryOperation.Remove, ("customer_id", Cell.Of(id)));

    private static DeliveryRow Row(DeliveryOperation operation, params (string Name, Cell Cell)[] fields)
    {
        var row = new Row();
        foreach (var (name, cell) in fields)
        {
            row[name] = cell;
        }

        return new($"op-{operation}-{string.Join('-', fields.Take(2).Select(field => field.Cell))}", row.First().Value.ToString(), operation, row);
    }

    /// <summary>Settled outcomes are equal when their rows are.</summary>
    private sealed class Settled : IEqualityComparer<DeliveryOutcome>
    {
        public bool Equals(DeliveryOutcome? left, DeliveryOutcome? right) =>
            left is DeliveryOutcome.Settled one && right is DeliveryOutcome.Settled two && one.Rows.AsSpan().SequenceEqual(two.Rows.AsSpan());

        public int GetHashCode(DeliveryOutcome outcome) => 0;
    }
}
