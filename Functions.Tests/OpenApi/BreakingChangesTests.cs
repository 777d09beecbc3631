using System.Text.Json.Nodes;

namespace AudienceSync.OpenApi;

public sealed class BreakingChangesTests
{
    private const string Document =
        """
        {
          "paths": {"/things": {
            "get": {
              "operationId": "list-things", "security": [{"apiKey": []}], "x-required-roles": ["viewer", "admin"],
              "parameters": [{"name": "state", "in": "query", "schema": {"type": "string", "enum": ["on", "off"]}}, {"$ref": "#/components/parameters/limit"}],
              "responses": {"200": {"headers": {"ETag": {}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}, "304": {}, "404": {}}
            },
            "post": {
              "operationId": "create-thing", "security": [],
              "requestBody": {"required": false, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingBody"}}}},
              "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}
            }
          }},
          "components": {
            "parameters": {"limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}}},
            "schemas": {
              "Thing": {
                "type": "object", "required": ["id", "size", "state", "inner"],
                "properties": {
                  "id": {"type": "string"}, "size": {"type": "integer", "format": "int32"}, "note": {"type": "string"}, "state": {"type": "string", "enum": ["on", "off"]}, "maybe": {"type": ["string", "null"]},
                  "inner": {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]}, "list": {"type": "array", "items": {"type": "string"}}
                }
              },
              "ThingBody": {
                "type": "object", "required": ["name"], "additionalProperties": false,
                "properties": {
                  "name": {"type": "string", "maxLength": 100, "minLength": 1}, "size": {"type": ["integer", "null"], "minimum": 0, "maximum": 10},
                  "when": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}, {"type": "null"}]},
                  "tags": {"type": "array", "maxItems": 5, "items": {"type": "string"}}, "free": {"type": "object", "additionalProperties": {"type": "string"}}, "mode": {"type": "string", "enum": ["a", "b"]}
                }
              },
              "A": {"type": "object", "required": ["a"], "additionalProperties": false, "properties": {"a": {"type": "integer"}}},
              "B": {"type": "object", "required": ["b"], "additionalProperties": false, "properties": {"b": {"type": "string"}}}
            }
          }
        }
        """;

    [Fact]
    public void Between_TheSame_FindsNothing() => BreakingChanges.Between(Parse(), Parse()).ShouldBeEmpty();

    [Theory]
    [InlineData("/paths", """{"/more":{"get":{"operationId":"more"}}}""")]
    [InlineData("/paths/~1things", """{"delete":{"operationId":"delete-thing"}}""")]
    [InlineData("/components/schemas/Thing/properties", """{"more":{"type":"string"}}""")]
    [InlineData("/components/schemas/Thing/required", """["id","size","state","inner","note"]""")]
    [InlineData("/components/schemas/Thing/properties/state/enum", """["on","off","broken"]""")]
    [InlineData("/components/schemas/Thing/properties/maybe", """{"type":"string"}""")]
    [InlineData("/components/schemas/ThingBody/properties", """{"more":{"type":"string"}}""")]
    [InlineData("/components/schemas/ThingBody/required", """[]""")]
    [InlineData("/components/schemas/ThingBody/properties/name", """{"maxLength":200}""")]
    [InlineData("/components/schemas/ThingBody/properties/name/type", """["string","null"]""")]
    [InlineData("/components/schemas/ThingBody/properties/mode/enum", """["a","b","c"]""")]
    [InlineData("/components/schemas/ThingBody/properties/when/anyOf", """[{"$ref":"#/components/schemas/B"},{"type":"null"},{"$ref":"#/components/schemas/A"},{"type":"string"}]""")]
    [InlineData("/components/parameters/limit/schema", """{"maximum":500}""")]
    [InlineData("/paths/~1things/get/parameters/0/schema/enum", """["on","off","broken"]""")]
    [InlineData("/paths/~1things/get/responses", """{"202":{}}""")]
    [InlineData("/paths/~1things/get/x-required-roles", """["viewer","admin","ingest"]""")]
    [InlineData("/paths/~1things/get/security", """[]""")]
    public void Between_WhatOldClientsBear_FindsNothing(string pointer, string change) => BreakingChanges.Between(Parse(), Changed(pointer, change)).ShouldBeEmpty();

    [Theory]
    [InlineData("/paths/~1things", null, "/things is gone.")]
    [InlineData("/paths/~1things/post", null, "POST /things is gone.")]
    [InlineData("/paths/~1things/get/operationId", "\"things\"", "GET /things is called things instead of list-things.")]
    [InlineData("/paths/~1things/get/parameters/0", null, "GET /things no longer takes the parameter state.")]
    [InlineData("/paths/~1things/get/parameters/0", """{"required":true}""", "GET /things requires the parameter state now.")]
    [InlineData("/paths/~1things/get/parameters/0/schema/enum", """["on"]""", "GET /things ?state no longer knows 'off'.")]
    [InlineData("/paths/~1things/get/parameters/1", """{"name":"other","required":true}""", "GET /things no longer takes the parameter limit.", "GET /things requires the parameter other now.")]
    [InlineData("/components/parameters/limit/schema", """{"maximum":100}""", "GET /things ?limit has the maximum 100 instead of 200.")]
    [InlineData("/components/parameters/limit/schema", """{"minimum":2}""", "GET /things ?limit has the minimum 2 instead of 1.")]
    [InlineData("/paths/~1things/get/responses/200", null, "GET /things no longer answers 200.")]
    [InlineData("/paths/~1things/get/responses/200/headers/ETag", null, "GET /things 200 no longer has the header ETag.")]
    [InlineData("/paths/~1things/get/responses/200/content/application~1json", null, "GET /things 200 no longer answers application/json.")]
    [InlineData("/paths/~1things/get/x-required-roles", """["admin"]""", "GET /things is closed to the role viewer.")]
    [InlineData("/paths/~1things/post/security", """[{"apiKey":[]}]""", "POST /things takes a key now.")]
    [InlineData("/paths/~1things/post/requestBody/required", "true", "POST /things requires a body now.")]
    [InlineData("/paths/~1things/post/requestBody/content/application~1json", null, "POST /things no longer takes application/json.")]
    [InlineData("/components/schemas/ThingBody/properties/size", null, "POST /things body.size is gone.")]
    [InlineData("/components/schemas/ThingBody/required", """["name","size"]""", "POST /things body.size is required now.")]
    [InlineData("/components/schemas/ThingBody/properties/size/type", "\"integer\"", "POST /things body.size no longer takes null.")]
    [InlineData("/components/schemas/ThingBody/properties/name/maxLength", "50", "POST /things body.name has the maxLength 50 instead of 100.")]
    [InlineData("/components/schemas/ThingBody/properties/name/minLength", "2", "POST /things body.name has the minLength 2 instead of 1.")]
    [InlineData("/components/schemas/ThingBody/properties/name", """{"pattern":"^a"}""", "POST /things body.name has the pattern ^a instead of none.")]
    [InlineData("/components/schemas/ThingBody/properties/name", """{"enum":["x"]}""", "POST /things body.name takes only x now.")]
    [InlineData("/components/schemas/ThingBody/properties/mode/enum", """["a"]""", "POST /things body.mode no longer knows 'b'.")]
    [InlineData("/components/schemas/ThingBody/properties/tags/maxItems", "4", "POST /things body.tags has the maxItems 4 instead of 5.")]
    [InlineData("/components/schemas/ThingBody/properties/tags/items/type", "\"integer\"", "POST /things body.tags[] no longer takes string.")]
    [InlineData("/components/schemas/ThingBody/properties/free/additionalProperties/type", "\"integer\"", "POST /things body.free.* no longer takes string.")]
    [InlineData("/components/schemas/ThingBody/properties/free/additionalProperties", "false", "POST /things body.free takes no other fields now.")]
    [InlineData("/components/schemas/ThingBody/properties/when/anyOf", """[{"$ref":"#/components/schemas/A"},{"type":"null"}]""", "POST /things body.when no longer takes B.")]
    [InlineData("/components/schemas/B/required", """["b","c"]""", "POST /things body.when no longer takes B.")]
    [InlineData("/components/schemas/Thing/properties/note", null, "GET /things 200.note is gone.", "POST /things 201.note is gone.")]
    [InlineData("/components/schemas/Thing/required", """["id","size","inner"]""", "GET /things 200.state may be absent now.", "POST /things 201.state may be absent now.")]
    [InlineData("/components/schemas/Thing/properties/id/type", """["string","null"]""", "GET /things 200.id may be null now.", "POST /things 201.id may be null now.")]
    [InlineData("/components/schemas/Thing/properties/size/type", "\"string\"", "GET /things 200.size may be string now.", "POST /things 201.size may be string now.")]
    [InlineData("/components/schemas/Thing/properties/size/format", "\"int64\"", "GET /things 200.size has the format int64 instead of int32.", "POST /things 201.size has the format int64 instead of int32.")]
    [InlineData("/components/schemas/Thing/properties/state/enum", """["on"]""", "GET /things 200.state no longer knows 'off'.", "POST /things 201.state no longer knows 'off'.")]
    [InlineData("/components/schemas/Thing/properties/list/items/type", "\"integer\"", "GET /things 200.list[] may be integer now.", "POST /things 201.list[] may be integer now.")]
    [InlineData("/components/schemas/Thing/properties/inner/anyOf", """[{"$ref":"#/components/schemas/Thing"},{"type":"null"},{"type":"string"}]""", "GET /things 200.inner may be string now.", "POST /things 201.inner may be string now.")]
    public void Between_WhatBreaksOldClients_NamesIt(string pointer, string? change, params string[] expected) =>
        BreakingChanges.Between(Parse(), Changed(pointer, change)).ShouldBe(expected, ignoreOrder: true);

    private static JsonObject Parse() => JsonNode.Parse(Document)!.AsObject();

    /// <summary>The document with one place removed, replaced, or, where both are objects, added to.</summary>
    private static JsonObject Changed(string pointer, string? change)
    {
        var document = Parse();
        string[] parts = [.. pointer.Split('/').Skip(1).Select(part => part.Replace("~1", "/", StringComparison.Ordinal))];
        var at = parts[..^1].Aggregate((JsonNode)document, (node, part) => Get(node, part)!);
        var place = Get(at, parts[^1]);
        place.ShouldNotBeNull(pointer);
        switch (change is null ? null : JsonNode.Parse(change))
        {
            case null when at is JsonArray list:
                list.Remove(place);
                break;
            case null:
                at.AsObject().Remove(parts[^1]);
                break;
            case JsonObject added when place is JsonObject present && !present.ContainsKey("$ref"):
                foreach (var (name, value) in added)
                {
                    present[name] = value?.DeepClone();
                }

                break;
            case var other:
                place.ReplaceWith(other);
                break;
        }

        return document;
    }

    private static JsonNode? Get(JsonNode node, string part) => node is JsonArray list ? list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)] : node[part];
}
