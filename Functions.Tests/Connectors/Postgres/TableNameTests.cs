using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Postgres;

public sealed class TableNameTests
{
    [Theory]
    [InlineData("members", "\"public\".\"members\"", "public.members")]
    [InlineData("crm.members", "\"crm\".\"members\"", "crm.members")]
    [InlineData(" crm . members ", "\"crm\".\"members\"", "crm.members")]
    [InlineData("crm.\"my.members\"", "\"crm\".\"my.members\"", "crm.\"my.members\"")]
    [InlineData("\"say \"\"hi\"\"\"", "\"public\".\"say \"\"hi\"\"\"", "public.\"say \"\"hi\"\"\"")]
    [InlineData("members; drop table x", "\"public\".\"members; drop table x\"", "public.members; drop table x")]
    [InlineData("x\" cascade; --", "\"public\".\"x\"\" cascade; --\"", "public.\"x\"\" cascade; --\"")]
    public void Parse_Name_IsQuotedWholeAndShownAsItIsRead(string text, string sql, string shown)
    {
        var table = TableName.Parse(text, "public").ShouldNotBeNull();

        table.Sql.ShouldBe(sql);
        table.ToString().ShouldBe(shown);
        TableName.Parse(table.ToString(), "elsewhere").ShouldBe(table);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("a.b.c")]
    [InlineData("\"a")]
    [InlineData("\"a\"b")]
    [InlineData("a\0b")]
    [InlineData("a_name_that_is_longer_than_the_sixty_three_bytes_that_postgres_keeps")]
    public void Parse_NoName_IsNone(string text) => TableName.Parse(text, "public").ShouldBeNull();

    [Theory]
    [InlineData("Lapsed loyal → Hook", null, "public.lapsed_loyal_hook")]
    [InlineData("  VIPs!  ", null, "public.vips")]
    [InlineData("ÄÖÜ", null, "public.vips_key")]
    [InlineData("Anything", "crm.t", "crm.t")]
    public void Of_Audience_NamesItOrMakesAName(string name, string? externalId, string expected) =>
        TableName.Of(new AudienceRef("dst_1", "vips_key", name, externalId), new("con_1", [], [])).ShouldNotBeNull().ToString().ShouldBe(expected);
}
