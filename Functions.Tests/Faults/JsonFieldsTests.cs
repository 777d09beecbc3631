using System.Text.Json;

namespace AudienceSync.Faults;

public sealed class JsonFieldsTests
{
    private readonly List<Fault> _faults = [];

    [Theory]
    [InlineData("[1]", "a list")]
    [InlineData("\"x\"", "a text")]
    [InlineData("null", "null")]
    public void Open_NoObject_IsAFaultThatSaysWhatItIs(string json, string what)
    {
        JsonFields.Open(JsonElement.Parse(json), "/guards", _faults).ShouldBeNull();

        _faults.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            fault => fault.Pointer.ShouldBe("/guards"),
            fault => fault.Code.ShouldBe("wrong_type"),
            fault => fault.Detail.ShouldContain(what));
    }

    [Fact]
    public void Read_SoundMembers_GivesThemWithoutFault()
    {
        var fields = Open("""{"name":"VIP","on":true,"rows":12,"share":12.5,"day":"friday","sub":{"x":"y"},"list":[1,2],"none":null}""");

        fields.Text("name", 10).ShouldBe("VIP");
        fields.Flag("on").ShouldBe(true);
        fields.Integer("rows", 1, 100).ShouldBe(12);
        fields.Number("share", 0, 100).ShouldBe(12.5m);
        fields.Choice<DayOfWeek>("day").ShouldBe(DayOfWeek.Friday);
        fields.Object("sub")!.Text("x", 10).ShouldBe("y");
        fields.Items("list", 5)!.Count.ShouldBe(2);
        fields.Text("none", 10).ShouldBeNull();
        fields.Text("absent", 10).ShouldBeNull();
        fields.Has("none").ShouldBeTrue();
        fields.Has("absent").ShouldBeFalse();
        fields.RefuseUnknown("a test");
        _faults.ShouldBeEmpty();
    }

    [Fact]
    public void Read_FaultyMembers_TellsEachAtItsPointer()
    {
        var fields = Open("""{"name":7,"long":"abcdef","on":"yes","rows":1.5,"many":1000,"below":-1,"day":"fryday","list":{},"a/b":1}""", "/x");

        fields.Text("name", 10);
        fields.Text("long", 5);
        fields.Flag("on");
        fields.Integer("rows", 1, 100);
        fields.Integer("many", 1, 100).ShouldBe(100);
        fields.Number("below", 0);
        fields.Choice<DayOfWeek>("day");
        fields.Items("list", 5);
        fields.RefuseUnknown("a test");

        _faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe(
        [
            ("/x/name", "wrong_type"),
            ("/x/long", "too_long"),
            ("/x/on", "wrong_type"),
            ("/x/rows", "wrong_type"),
            ("/x/many", "out_of_range"),
            ("/x/below", "out_of_range"),
            ("/x/day", "unknown_value"),
            ("/x/list", "wrong_type"),
            ("/x/a~1b", "unknown_field"),
        ]);
        _faults[6].Detail.ShouldContain("Did you mean 'friday'?");
    }

    [Fact]
    public void RefuseUnknown_MisspeltMember_SuggestsTheNearest()
    {
        var fields = Open("""{"nmae":"VIP","id":"x"}""");

        fields.Text("name", 10);
        fields.Ignore("id");
        fields.RefuseUnknown("a destination");

        _faults.ShouldHaveSingleItem().Detail.ShouldBe("'nmae' is not a field of a destination. Did you mean 'name'?");
    }

    private JsonFields Open(string json, string pointer = "") => JsonFields.Open(JsonElement.Parse(json), pointer, _faults)!;
}
