using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Tables of audiences: found, checked, created. What a check of a connection says, and what it lists.</summary>
public sealed class PostgresAudienceTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static int _names;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"audience_{Interlocked.Increment(ref _names)}");
    private readonly ConnectorClient _client = new(new ScriptedOutbound([]), TimeProvider.System, transports: [new PostgresTransport(PostgresFixture.Access())]);

    [PostgresFact]
    public async Task Resolve_NoTable_IsCreatedWithTheMappingsColumns()
    {
        var report = await ResolveAsync(mayCreate: true, [("removals", "mark")]);

        (report.ExternalId, report.Failure).ShouldBe(($"public.{_name}", null));
        report.Exchanges.ShouldHaveSingleItem().Method.ShouldBe("CREATE");
        (await ColumnsAsync()).ShouldBe(
            ["customer_id:text:true", "email:text:false", "orders:bigint:false", "revenue:numeric:false", "vip:boolean:false", "seen:timestamp with time zone:false", "born:date:false", "tags:text[]:false", "removed_at:timestamp with time zone:false"]);
        (await ResolveAsync(mayCreate: true, [("removals", "mark")])).ExternalId.ShouldBe($"public.{_name}");
    }

    [PostgresFact]
    public async Task Resolve_OnlyLooking_CreatesNothing()
    {
        var report = await ResolveAsync(mayCreate: false);

        (report.ExternalId, report.Failure).ShouldBe((null, null));
        (await ColumnsAsync()).ShouldBeEmpty();
    }

    [PostgresFact]
    public async Task Resolve_ManyAtOnce_AllFindTheOneTable()
    {
        var reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ResolveAsync(mayCreate: true)));

        reports.ShouldAllBe(report => report.ExternalId == $"public.{_name}");
    }

    [PostgresFact]
    public async Task Resolve_TableOfOthers_IsCheckedAndLeftAsItIs()
    {
        await postgres.ExecuteAsync($"CREATE TABLE {_name} (customer_id text PRIMARY KEY, email text, note text)");

        var failure = (await ResolveAsync(mayCreate: true)).Failure.ShouldBeOfType<DeliveryOutcome.Misconfigured>();

        failure.Code.ShouldBe("column_missing");
        failure.Detail.ShouldContain($"ALTER TABLE \"public\".\"{_name}\" ADD COLUMN \"orders\" bigint, ADD COLUMN \"revenue\" numeric");
        (await ColumnsAsync()).Count.ShouldBe(3);
    }

    [PostgresFact]
    public async Task Resolve_Events_MakesATableOfEvents()
    {
        var report = await ResolveAsync(mayCreate: true, [], DeliveryForm.Events);

        report.ExternalId.ShouldBe($"public.{_name}");
        (await ColumnsAsync()).Take(5).ShouldBe(["event_id:text:true", "event:text:false", "occurred_at:timestamp with time zone:false", "audience_key:text:false", "customer_id:text:false"]);
    }

    [PostgresFact]
    public async Task Resolve_MustNotCreate_SaysSo()
    {
        await postgres.ExecuteAsync($"CREATE ROLE user_{_name} LOGIN PASSWORD 'user-password'");

        var report = await ResolveAsync(mayCreate: true, [("user", $"user_{_name}"), ("password", "user-password")]);

        report.Failure.ShouldBe(new DeliveryOutcome.Misconfigured("permission_denied", "permission denied for schema public. Grant it to the connection's user."));
    }

    [PostgresFact]
    public async Task Check_SoundConnection_PassesEveryStep()
    {
        var steps = await CheckAsync();

        steps.Select(step => (step.Name, step.Ok)).ShouldBe([("resolve", true), ("connect", true), ("authenticate", true), ("permission", true), ("sample", true)]);
        steps[3].Detail.ShouldBe("The user may read and create tables in 'public'.");
        steps[4].Detail!.ShouldEndWith("tables and views of 'public' can be read.");
    }

    [PostgresTheory]
    [InlineData("password", "wrong-password", "authenticate", "Check user and password")]
    [InlineData("user", "stranger", "authenticate", "Check user and password")]
    [InlineData("database", "nowhere", "permission", "Check the connection's database")]
    [InlineData("schema", "nowhere", "permission", "CREATE SCHEMA \"nowhere\"")]
    [InlineData("port", "1", "connect", "Check host and port")]
    [InlineData("host", "no-such-host.invalid", "resolve", "Check the host's spelling")]
    [InlineData("sslMode", "verify-full", "connect", "Check sslMode")]
    public async Task Check_SomethingIsWrong_StopsThereAndHints(string name, string value, string step, string hint)
    {
        var steps = await CheckAsync((name, value));

        steps[^1].ShouldSatisfyAllConditions(last => last.Name.ShouldBe(step), last => last.Ok.ShouldBeFalse(), last => last.Detail!.ShouldContain(hint));
        steps.SkipLast(1).ShouldAllBe(earlier => earlier.Ok);
        steps.ShouldAllBe(each => each.Detail == null || !each.Detail.Contains("wrong-password"));
    }

    [PostgresFact]
    public async Task Objects_TablesAndViews_AreListedInPagesWithTheirFields()
    {
        await postgres.ExecuteAsync("""
            CREATE SCHEMA shop; CREATE TABLE shop.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer text NOT NULL, total numeric(10,2), code varchar(9) UNIQUE);
            CREATE VIEW shop.totals AS SELECT customer, sum(total) FROM shop.orders GROUP BY 1; CREATE TABLE shop."we.ird" (a int); CREATE SCHEMA hidden; CREATE TABLE hidden.x (a int);
            CREATE ROLE shopper LOGIN PASSWORD 'shop-password'; GRANT USAGE ON SCHEMA shop TO shopper; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO shopper
            """);
        var objects = new PostgresObjects(PostgresFixture.Access());
        var settings = postgres.Settings(("user", "shopper"), ("password", "shop-password"));

        var all = await objects.ListAsync(settings, "SHOP.", 10, null, default);
        all.ShouldBe([new("shop.\"we.ird\"", "table", false), new("shop.orders", "table", false), new("shop.totals", "view", false)]);
        (await objects.ListAsync(settings, "shop.", 1, "shop.orders", default)).ShouldHaveSingleItem().Name.ShouldBe("shop.totals");
        (await objects.ListAsync(settings, "hidden", 10, null, default)).ShouldBeEmpty();
        (await objects.ListAsync(postgres.Settings(), "shop.orders", 10, null, default)).ShouldHaveSingleItem().Writes.ShouldBeTrue();
        (await objects.ListFieldsAsync(settings, "shop.orders", default)).ShouldBe(
            [new("id", "integer", false, true), new("customer", "text", true, false), new("total", "numeric(10,2)", false, false), new("code", "character varying(9)", false, true)]);
        (await objects.ListFieldsAsync(settings, "shop.\"we.ird\"", default)).ShouldHaveSingleItem();
        (await objects.ListFieldsAsync(settings, "hidden.x", default)).ShouldBeEmpty();
        (await objects.ListFieldsAsync(settings, "no.such.name", default)).ShouldBeEmpty();
    }

    private Task<AudienceReport> ResolveAsync(bool mayCreate, (string, string)[]? settings = null, DeliveryForm form = DeliveryForm.Membership)
    {
        ImmutableArray<AudienceField> fields =
        [
            new("customer_id", CellType.Text, IsKey: true), new("email", CellType.Text, false), new("orders", CellType.Integer, false), new("revenue", CellType.Decimal, false),
            new("vip", CellType.Boolean, false), new("seen", CellType.DateTime, false), new("born", CellType.Date, false), new("tags", CellType.TextList, false),
        ];
        return _client.ResolveAudienceAsync(
            ConnectorList.All.Find("postgres")!, postgres.Settings(settings ?? []), new("dst_1", "key", _name.Replace('_', ' '), null) { Shape = new(form, fields) }, mayCreate, default);
    }

    private Task<ImmutableArray<CheckStep>> CheckAsync(params (string, string)[] settings) =>
        _client.CheckAsync(ConnectorList.All.Find("postgres")!, postgres.Settings(settings), default);

    private Task<IReadOnlyList<string>> ColumnsAsync() => postgres.QueryAsync(
        $"SELECT attname || ':' || format_type(atttypid, atttypmod) || ':' || attnotnull AS c FROM pg_attribute WHERE attrelid = to_regclass('public.{_name}') AND attnum > 0 ORDER BY attnum");
}
