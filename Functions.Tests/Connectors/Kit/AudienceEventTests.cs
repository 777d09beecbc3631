using System.Text;
using System.Text.Json;

namespace AudienceSync.Connectors.Kit;

public sealed class AudienceEventTests
{
    private static readonly DeliveryRow Ana = Samples.Row(
        "c-1", DeliveryOperation.Add, ("email", "ana@example.com"), ("orders", 3), ("audience", "x"), ("audience_key", "x"), ("j_o_opened_email__dje83h", "x"), ("vip", true));

    private static readonly FieldRules Rules = new() { Identifiers = [Identifier.Email.As("email")] };

    [Fact]
    public void WriteProperties_Audience_NamesItAndTheFields() => Write(Samples.Batch().Audience, most: 10)
        .ShouldBe("""{"audience":"Lapsed loyal","audience_key":"lapsed_loyal","orders":3,"j_o_opened_email__dje83h":"x","vip":true}""");

    [Fact]
    public void WriteProperties_JourneyStep_SaysItsKeyOnceAndAsText() => Write(Samples.Step, most: 10)
        .ShouldBe("""{"audience":"Opened email","audience_key":"j_o_opened_email__dje83h","j_o_opened_email__dje83h":"true","orders":3,"vip":true}""");

    [Fact]
    public void WriteProperties_MoreThanThePlatformTakes_LeavesFieldsOut()
    {
        Write(Samples.Batch().Audience, most: 3).ShouldBe("""{"audience":"Lapsed loyal","audience_key":"lapsed_loyal","orders":3}""");
        Write(Samples.Step, most: 3).ShouldBe("""{"audience":"Opened email","audience_key":"j_o_opened_email__dje83h","j_o_opened_email__dje83h":"true"}""");
    }

    private static string Write(AudienceRef audience, int most)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            AudienceEvent.WriteProperties(json, Ana, audience, Rules, most: most);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
