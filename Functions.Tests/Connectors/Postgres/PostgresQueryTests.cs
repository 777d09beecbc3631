using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Snapshots;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Queries on a real server: described, refused, streamed.</summary>
public sealed class PostgresQueryTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset AsOf = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PostgresQuerySource _source = new(PostgresFixture.Access());

    [PostgresFact]
    public async Task Describe_Query_NamesColumnsAndTypes()
    {
        await postgres.ExecuteAsync("CREATE EXTENSION IF NOT EXISTS citext; CREATE TYPE tier AS ENUM ('gold', 'silver'); CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0)");

        var columns = await DescribeAsync("""
            SELECT 1::int2 AS a, 1 AS b, 1::int8 AS c, 1.5 AS d, 1::float4 AS e, 1::float8 AS f, true AS g, 'x'::text AS h, 'x'::varchar(3) AS i, 'x'::char(3) AS j,
                   gen_random_uuid() AS k, 'x'::citext AS l, 'gold'::tier AS m, 5::cents AS n, now() AS o, now()::timestamp AS p, now()::date AS q, '{}'::json AS r, '{}'::jsonb AS s,
                   ARRAY['x'] AS t, ARRAY['gold'::tier] AS u, ARRAY[1] AS v, '1'::money AS w, now()::time AS x, '\x00'::bytea AS y, interval '1 day' AS z, ROW(1, 2) AS "AA"
            """);

        string.Join(' ', columns.Select(column => $"{column.Name}:{column.Type}{(column.IsKey ? "*" : "")}")).ShouldBe(
            "a:Integer* b:Integer* c:Integer* d:Decimal* e:Decimal f:Decimal g:Boolean h:Text* i:Text* j:Text* k:Text* l:Text* m:Text* n:Integer* o:DateTime p:DateTime q:Date r:Text s:Text "
            + "t:TextList u:TextList v:Absent w:Absent x:Absent y:Absent z:Absent AA:Absent");
        columns.Single(column => column.Name == "w").TypeName.ShouldBe("money");
        columns.Single(column => column.Name == "n").TypeName.ShouldBe("bigint", "a domain is what it is made of");
    }

    public static TheoryData<string> SoundQueries =>
    [
        "SELECT 1 AS id",
        "  select 1 as id ;  ",
        "SELECT 1 AS id -- the end",
        "SELECT 1 AS id /* ; */",
        "WITH x AS (SELECT 1 AS id) SELECT * FROM x",
        "VALUES (1)",
        "TABLE pg_catalog.pg_namespace",
        "SELECT 1 AS id, ';' AS semicolon, $q$ ; $q$ AS quoted, '{\"a\":1}'::jsonb @> '{}' AS contains, (ARRAY[1,2,3])[1:2] AS slice",
        "SELECT 1 AS id WHERE now() > @asOf",
        "SELECT 1 AS id WHERE now() > :asOf::timestamptz",
        "(SELECT 1 AS id) UNION ALL (SELECT 2)",
    ];

    [PostgresTheory]
    [MemberData(nameof(SoundQueries))]
    public async Task Describe_OneSelect_IsTaken(string query) => (await DescribeAsync(query)).ShouldNotBeEmpty();

    public static TheoryData<string> Mischief =>
    [
        "DELETE FROM kept",
        "DELETE FROM kept RETURNING *",
        "WITH gone AS (DELETE FROM kept RETURNING *) SELECT * FROM gone",
        "SELECT 1; DELETE FROM kept",
        "SELECT 1) AS q; DELETE FROM kept; SELECT * FROM (SELECT 1",
        "SELECT 1) AS q; COMMIT; DELETE FROM kept; SELECT * FROM (SELECT 1",
        "SELECT 1) AS a, (SELECT 2",
        "SELECT 1 AS id) AS q UNION ALL SELECT * FROM (SELECT 2",
        "SELECT 1 INTO other",
        "CREATE TABLE other AS SELECT 1",
        "COPY kept TO STDOUT",
        "EXPLAIN SELECT 1",
        "SHOW all",
        "SET TRANSACTION READ WRITE",
        "COMMIT",
        "DO $$ BEGIN DELETE FROM kept; END $$",
        "SELEC 1",
        "",
        "-- nothing",
        "SELECT * FROM nowhere",
        "SELECT nothing FROM kept",
    ];

    /// <summary>What is no query is refused before it is run; nothing it says is done.</summary>
    [PostgresTheory]
    [MemberData(nameof(Mischief))]
    public async Task Describe_AnythingElse_IsRefusedAndDoesNothing(string query)
    {
        await postgres.ExecuteAsync("CREATE TABLE IF NOT EXISTS kept (id int); TRUNCATE kept; INSERT INTO kept VALUES (1), (2)");

        var fault = await Should.ThrowAsync<SourceFaultException>(() => DescribeAsync(query));
        (await Should.ThrowAsync<SourceFaultException>(async () => await ReadAsync(query, "id"))).ShouldNotBeNull();

        fault.Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("query_failed");
        (await postgres.QueryAsync("SELECT count(*) FROM kept")).ShouldBe(["2"]);
        (await postgres.QueryAsync("SELECT to_regclass('other') IS NULL")).ShouldBe(["true"]);
    }

    /// <summary>A function that changes something can be called in a query, and fails: the transaction only reads.</summary>
    [PostgresFact]
    public async Task Read_FunctionThatWrites_Fails()
    {
        await postgres.ExecuteAsync(
            "CREATE TABLE written (id int); CREATE FUNCTION write() RETURNS int LANGUAGE sql AS 'INSERT INTO written VALUES (1) RETURNING id'; "
            + "CREATE FUNCTION rewrite() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO written VALUES (1); RETURN 1; END $$; CREATE SEQUENCE numbers");

        foreach (var call in (string[])["write()", "rewrite()", "nextval('numbers')", "set_config('transaction_read_only', 'off', false)::text || write()"])
        {
            var fault = await Should.ThrowAsync<SourceFaultException>(async () => await ReadAsync($"SELECT 1 AS id, ({call})::text AS done", "id", "done"));

            fault.Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>($"{call}: {fault.Message}");
        }

        (await postgres.QueryAsync("SELECT count(*) FROM written")).ShouldBe(["0"]);
    }

    [PostgresFact]
    public async Task Read_AsOf_IsTheRunsClock()
    {
        var rows = await ReadAsync("SELECT 1 AS id, @asOf AS moment, @asof - interval '1 day' AS before, '@asOf' AS text", "id", "moment", "before", "text");

        var row = rows.ShouldHaveSingleItem();
        row["moment"].ShouldBe(Cell.Of(AsOf));
        row["before"].ShouldBe(Cell.Of(AsOf.AddDays(-1)));
        row["text"].ShouldBe(Cell.Of("@asOf"));
    }

    [PostgresFact]
    public async Task Read_Rows_ComeInTheOrderOfTheKey()
    {
        var rows = await ReadAsync("SELECT (i * 7919 % 1000)::int AS id FROM generate_series(0, 999) AS i", "id");

        rows.Select(row => row["id"].AsText()).ShouldBe(Enumerable.Range(0, 1_000).Select(number => number.ToString(CultureInfo.InvariantCulture)));
    }

    [PostgresFact]
    public async Task Read_OneMember_IsFoundByItsId()
    {
        const string query = "SELECT i AS id, i::numeric(10,2) AS number, 'u' || i AS name FROM generate_series(1, 50) AS i";

        (await FindAsync(query, "id", "17", "name")).ShouldHaveSingleItem()["name"].ShouldBe(Cell.Of("u17"));
        (await FindAsync(query, "number", "17", "name")).ShouldHaveSingleItem()["name"].ShouldBe(Cell.Of("u17"));
        (await FindAsync(query, "name", "u17", "id")).ShouldHaveSingleItem();
        (await FindAsync(query, "id", "51", "name")).ShouldBeEmpty();
        (await FindAsync(query, "number", "no number", "name")).ShouldBeEmpty();
        (await FindAsync(query, "name", "'; DROP TABLE kept; --", "id")).ShouldBeEmpty();
    }

    public static TheoryData<string, string> BadValues => new()
    {
        { "'NaN'::float8", "number_out_of_range" },
        { "'Infinity'::float8", "number_out_of_range" },
        { "1e300::float8", "number_out_of_range" },
        { "'NaN'::numeric", "number_out_of_range" },
        { "1e40::numeric", "number_out_of_range" },
        { "'infinity'::timestamptz", "date_out_of_range" },
        { "'-infinity'::timestamp", "date_out_of_range" },
        { "'20000-01-01'::timestamptz", "date_out_of_range" },
        { "'infinity'::date", "date_out_of_range" },
        { "'0044-03-15 BC'::date", "date_out_of_range" },
        { "repeat('x', 8193)", "text_too_long" },
        { "repeat('ä', 5000)", "text_too_long" },
        { "ARRAY[ARRAY['a'], ARRAY['b']]", "wrong_type" },
        { "(SELECT array_agg(repeat('x', 1000)) FROM generate_series(1, 2000))", "list_too_long" },
    };

    /// <summary>Named by row and column, never by value.</summary>
    [PostgresTheory]
    [MemberData(nameof(BadValues))]
    public async Task Read_ValueThatIsNotTaken_IsAFaultOfItsRowAndColumn(string value, string code)
    {
        var fault = await Should.ThrowAsync<SourceFaultException>(
            async () => await ReadAsync($"SELECT i AS id, CASE WHEN i = 3 THEN {value} END AS bad FROM generate_series(1, 5) AS i", "id", "bad"));

        var outcome = fault.Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();
        outcome.Code.ShouldBe(code);
        outcome.Detail.ShouldStartWith("Row 3 of the query has ");
        outcome.Detail.ShouldEndWith(" in its column 'bad'.");
    }

    [PostgresFact]
    public async Task Read_RuntimeError_FailsWithoutTheValue()
    {
        var fault = await Should.ThrowAsync<SourceFaultException>(
            async () => await ReadAsync("SELECT i AS id, (CASE WHEN i > 2 THEN 'ana@example.com' ELSE '1' END)::int AS bad FROM generate_series(1, 5) AS i", "id", "bad"));

        fault.Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("query_failed");
        fault.Message.ShouldBe("invalid input syntax for type integer (22P02).");
    }

    [PostgresFact]
    public async Task Read_TakesTooLong_IsStopped()
    {
        var fault = await Should.ThrowAsync<SourceFaultException>(
            async () => await ReadAsync("SELECT i AS id, pg_sleep(0.3)::text AS nap FROM generate_series(1, 20) AS i", ["nap"], "id", null, ("querySeconds", "1")));

        fault.Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().ShouldSatisfyAllConditions(
            outcome => outcome.Code.ShouldBe("query_timeout"), outcome => outcome.Detail.ShouldContain("may take 1 s"));
    }

    [PostgresFact]
    public async Task Read_ConnectionCutInMidstream_IsAFaultAndNoEnd()
    {
        await using var proxy = CuttingProxy.Start(postgres.Port);
        proxy.CutAfter = 400_000;
        var read = 0;

        var fault = await Should.ThrowAsync<SourceFaultException>(async () =>
        {
            await using var rows = await OpenAsync(
                "SELECT i AS id, repeat('x', 100) AS text FROM generate_series(1, 20000) AS i", ["text"], "id", null,
                ("port", proxy.Port.ToString(CultureInfo.InvariantCulture)), ("sslMode", "disable"));
            while (await rows.NextAsync(default))
            {
                read++;
            }
        });

        fault.Outcome.ShouldBeOfType<DeliveryOutcome.Failed>();
        read.ShouldBeInRange(1_000, 19_999);
    }

    /// <summary>Whoever stops reading stops the query: nothing is read to nobody.</summary>
    [PostgresFact]
    public async Task Dispose_InMidstream_StopsTheQuery()
    {
        var rows = await OpenAsync("SELECT i AS id, repeat('x', 1000) AS text FROM generate_series(1, 100000000) AS i", ["text"], "id", limit: 1_000_000_000);
        (await rows.NextAsync(default)).ShouldBeTrue();

        await rows.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        (await postgres.QueryAsync("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%100000000%' AND state = 'active' AND pid <> pg_backend_pid()")).ShouldBe(["0"]);
    }

    [PostgresFact]
    public async Task Describe_UserMustNotRead_SaysSo()
    {
        await postgres.ExecuteAsync("CREATE TABLE secret_table (id int); CREATE ROLE nobody_much LOGIN PASSWORD 'nobody-password'");

        var fault = await Should.ThrowAsync<SourceFaultException>(() => _source.DescribeAsync(
            postgres.Settings(("user", "nobody_much"), ("password", "nobody-password")), "SELECT * FROM secret_table", AsOf, default));

        fault.Outcome.ShouldBe(new DeliveryOutcome.Misconfigured("permission_denied", "permission denied for table secret_table. Grant it to the connection's user."));
    }

    [PostgresFact]
    public async Task Describe_WrongPassword_IsUnauthorized()
    {
        var fault = await Should.ThrowAsync<SourceFaultException>(() => _source.DescribeAsync(postgres.Settings(("password", "not-the-password")), "SELECT 1", AsOf, default));

        fault.Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>().Detail.ShouldNotContain("not-the-password");
    }

    /// <summary>Random tables of every supported type: what is streamed, and the generation that is made of the stream, equal the cells that were written.</summary>
    [PostgresTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Read_RandomTables_EqualANaiveReading(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 5; round++)
        {
            var table = RandomTable.Create(random, string.Create(CultureInfo.InvariantCulture, $"random_{seed}_{round}"));
            await postgres.ExecuteAsync(table.CreateSql);
            await postgres.ExecuteAsync(table.InsertSql);

            var rows = await ReadAsync($"SELECT * FROM {table.Name}", "key", [.. table.Columns]);

            rows.Count.ShouldBe(table.Rows.Count, $"seed {seed}, round {round}");
            foreach (var row in rows)
            {
                var expected = table.Rows[row["id"].AsText()];
                foreach (var column in table.Columns)
                {
                    row[column].ShouldBe(expected[column], $"seed {seed}, round {round}, row {row["id"]}, column {column}");
                }
            }

            var generation = await FreezeAsync($"SELECT * FROM {table.Name}", "key", table.Columns);
            generation.Keys.ShouldBe(table.Rows.Keys, ignoreOrder: true);
            foreach (var (id, row) in generation)
            {
                row.Where(cell => cell.Key is not "id").OrderBy(cell => cell.Key).ShouldBe(table.Rows[id].OrderBy(cell => cell.Key), $"seed {seed}, round {round}, row {id}");
            }
        }
    }

    /// <summary>As a run freezes its members: streamed into pages, read back by id.</summary>
    private async Task<Dictionary<string, Row>> FreezeAsync(string query, string key, IReadOnlyList<string> columns)
    {
        var shape = QueryShape.Of(await DescribeAsync(query), key, columns, null, "/source", []).ShouldNotBeNull();
        var (pages, members) = (new MemoryPageStore(), new QueryMembers(shape));
        using var builder = new GenerationBuilder(pages, new("sixteen bytes it"u8.ToArray()), TimeProvider.System, shape.Schema, expectedRows: 1, partBytes: 8 * 1024);
        await using var rows = await _source.OpenAsync(
            postgres.Settings(), new() { Query = query, Key = shape.Key, Columns = [.. shape.Columns.Select(column => column.Source)], AsOf = AsOf }, default);
        var part = builder.Part();
        while (await rows.NextAsync(default))
        {
            members.CheckId(rows);
            members.Read(rows, part.Begin(rows.Id));
            part.End();
            if (part.IsFull)
            {
                await part.PackAsync(default);
            }
        }

        var frozen = new Dictionary<string, Row>(StringComparer.Ordinal);
        var built = await builder.PutInOrderAsync(await builder.CompleteAsync(2, default), 2, default);
        foreach (var chain in built.Shards.SelectMany(shard => shard))
        {
            await foreach (var page in pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, default))
            {
                foreach (var row in Enumerable.Range(0, page.Count).Select(page.ReadRow))
                {
                    frozen.Add(row["id"].AsText(), row);
                }
            }
        }

        return frozen;
    }

    private Task<ImmutableArray<QueryColumn>> DescribeAsync(string query) => _source.DescribeAsync(postgres.Settings(), query, AsOf, default);

    private Task<List<Row>> ReadAsync(string query, string key, params string[] columns) => ReadAsync(query, columns, key, null);

    private Task<List<Row>> FindAsync(string query, string key, string id, string column) => ReadAsync(query, [column], key, id);

    private async Task<List<Row>> ReadAsync(string query, string[] columns, string key, string? id, params (string, string)[] settings)
    {
        await using var rows = await OpenAsync(query, columns, key, id, settings);
        var read = new List<Row>();
        while (await rows.NextAsync(default))
        {
            var row = new Row { ["id"] = Cell.Of(Encoding.UTF8.GetString(rows.Id)) };
            foreach (var (index, (name, type)) in _types.Index())
            {
                row[name] = !rows.HasValue(index) ? default : type switch
                {
                    CellType.Text => Cell.Of(Encoding.UTF8.GetString(rows.Text(index))),
                    CellType.Decimal => Cell.Of(rows.Decimal(index)),
                    CellType.TextList => Cell.Of(rows.Texts(index)),
                    CellType.Boolean => Cell.Of(rows.Integer(index) != 0),
                    CellType.DateTime => Cell.Of(new DateTimeOffset(rows.Integer(index), TimeSpan.Zero)),
                    CellType.Date => Cell.Of(DateOnly.FromDayNumber((int)rows.Integer(index))),
                    _ => Cell.Of(rows.Integer(index)),
                };
            }

            read.Add(row);
        }

        return read;
    }

    private List<(string Name, CellType Type)> _types = [];

    private async Task<IQueryRows> OpenAsync(string query, string[] columns, string key, string? id = null, params (string, string)[] settings)
    {
        var described = await _source.DescribeAsync(postgres.Settings(), query, AsOf, default);
        var wanted = columns.Select(name => described.First(column => column.Name == name)).ToList();
        _types = [.. wanted.Select(column => (column.Name, column.Type))];
        return await _source.OpenAsync(
            postgres.Settings(settings), new() { Query = query, Key = described.First(column => column.Name == key), Columns = [.. wanted], AsOf = AsOf, Id = id }, default);
    }

    private async Task<IQueryRows> OpenAsync(string query, string[] columns, string key, int limit)
    {
        var described = await _source.DescribeAsync(postgres.Settings(), query, AsOf, default);
        return await _source.OpenAsync(
            postgres.Settings(),
            new() { Query = query, Key = described.First(column => column.Name == key), Columns = [.. columns.Select(name => described.First(column => column.Name == name))], AsOf = AsOf, Limit = limit },
            default);
    }
}
