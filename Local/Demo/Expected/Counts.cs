using System.Text.Json.Nodes;

namespace AudienceSync.Local.Demo;

/// <summary>Members by what was done with them.</summary>
internal readonly record struct Counts(int Add, int Update, int Remove)
{
    public static Counts operator +(Counts left, Counts right) => new(left.Add + right.Add, left.Update + right.Update, left.Remove + right.Remove);

    public int Total => Add + Update + Remove;

    public static Counts Read(JsonNode? json) => new((int)json!["add"]!, (int)json["update"]!, (int)json["remove"]!);

    public JsonObject ToJson() => new() { ["add"] = Add, ["update"] = Update, ["remove"] = Remove };

    public override string ToString() => $"{Add} added, {Update} changed, {Remove} removed";
}
