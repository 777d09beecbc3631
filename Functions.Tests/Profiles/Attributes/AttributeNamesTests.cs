using AudienceSync.Values;

namespace AudienceSync.Profiles.Attributes;

public sealed class AttributeNamesTests
{
    [Theory]
    [InlineData("shop_orders", "shop", "orders")]
    [InlineData("shop.orders.last", "shop", "orders.last")]
    [InlineData("Shop:Orders", "shop", "Orders")]
    [InlineData("web/visits", "web", "visits")]
    [InlineData("web-visits", "web", "visits")]
    [InlineData("web visits", "web", "visits")]
    [InlineData("web__visits", "web", "visits")]
    [InlineData("_web_visits", "web", "visits")]
    [InlineData("Größe_m", "größe", "m")]
    [InlineData("web_", "web", "web_")]
    [InlineData("orders", "general", "orders")]
    [InlineData("lastOrderAt", "general", "lastOrderAt")]
    [InlineData("_orders", "general", "_orders")]
    [InlineData("___", "general", "___")]
    [InlineData("external_id", "identifiers", "external_id")]
    [InlineData("external_ids", "external", "ids")]
    public void CategoryOf_Name_IsWhatStandsBeforeItsFirstSeparator(string name, string category, string suffix)
    {
        AttributeNames.CategoryOf(name).ShouldBe(category);
        AttributeNames.SuffixOf(name).ShouldBe(suffix);
        AttributeNames.IsIn(name, category.ToUpperInvariant()).ShouldBeTrue();
    }

    [Theory]
    [InlineData("lastName2", "last name")]
    [InlineData("LAST_NAME", "last name")]
    [InlineData("IPAddress", "ip address")]
    [InlineData("eMail", "e mail")]
    [InlineData("2nd.e-mail", "nd e mail")]
    [InlineData("", "")]
    public void WordsOf_Name_AreItsWords(string name, string words) => string.Join(' ', AttributeNames.WordsOf(name)).ShouldBe(words);

    [Theory]
    [InlineData("email", CellType.Text, PiiClass.Direct)]
    [InlineData("external_id", CellType.Text, PiiClass.Indirect)]
    [InlineData("firstName", CellType.Text, PiiClass.Direct)]
    [InlineData("name", CellType.Text, PiiClass.Direct)]
    [InlineData("product_name", CellType.Text, PiiClass.None)]
    [InlineData("billing_street", CellType.Text, PiiClass.Direct)]
    [InlineData("mobile_phone", CellType.Integer, PiiClass.Direct)]
    [InlineData("phone_calls", CellType.Integer, PiiClass.None)]
    [InlineData("email_opt_in", CellType.Boolean, PiiClass.None)]
    [InlineData("birthday", CellType.Date, PiiClass.Indirect)]
    [InlineData("postal_code", CellType.Text, PiiClass.Indirect)]
    [InlineData("is_pregnant", CellType.Boolean, PiiClass.Sensitive)]
    [InlineData("orders", CellType.Integer, PiiClass.None)]
    [InlineData("package", CellType.Text, PiiClass.None)]
    public void Of_NameAndType_IsTheClassOfItsWords(string name, CellType type, PiiClass expected) => PiiClasses.Of(name, [type], null).ShouldBe(expected);
}
