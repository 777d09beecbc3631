using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Faults of rules.</summary>
    private static ImmutableArray<ProblemPage> Rules =>
    [
        Refusal(
            "rule_invalid", 422, "The rule needs attention",
            "The rule cannot be evaluated.",
            "`errors` names every fault at once, each with a JSON Pointer.",
            "segments/estimate", detail: null),
        Fault(
            "ambiguous_rule", "A rule is two things",
            "A rule is a group, a comparison, a reference or a bucket: one of them.",
            "Put each into an object of its own inside `all` or `any`.",
            "segments", "/rules", "A rule is one thing, but this one holds 'all' and 'any'. Put each into an object of its own inside 'all' or 'any'."),
        Fault(
            "duplicate_field", "A field occurs twice",
            "Two fields of one object have the same name, and only one would count.",
            "Put each rule into an object of its own inside `all` or `any`.",
            "segments", "/rules/attr", "'attr' occurs twice in one object. Put each rule into an object of its own inside 'all' or 'any'."),
        Fault(
            "unknown_operator", "The operator is not known",
            "There is no comparison of this name.",
            "`detail` names the nearest and all there are.",
            "segments", "/rules/op", "'gtee' is no operator. Did you mean 'gte'?"),
        Fault(
            "unexpected_field", "The operator takes no value",
            "`exists` and `notExists` compare with nothing.",
            "Remove `value`.",
            "segments", "/rules/value", "'exists' takes no value. Remove it."),
        Fault(
            "type_mismatch", "Two types are compared that are not comparable",
            "The attribute is known to be of another type than the value, the operator does not go with the type, or the two ends of `between` differ in type.",
            "Compare with a value of the attribute's type.",
            "segments", "/rules/value", "'orders' is a number, but 'many' is a text."),
        Fault(
            "too_many_values", "The list of values is too long",
            "`in` and `notIn` take a bounded number of values.",
            "Import the values as an attribute and compare that.",
            "segments", "/rules/value", "The list has 20,000 values; at most 10,000 are taken. Import the values as an attribute and compare that."),
        Fault(
            "invalid_pattern", "The pattern cannot be used",
            "`matches` takes a regular expression without look-around and back references, so that no pattern can stall a run.",
            "Write it without them. `detail` says where it fails.",
            "segments", "/rules/value", "The pattern ends within a group."),
        Fault(
            "reserved_attribute", "The name is kept for the system",
            "Columns of the system cannot be compared.",
            "Compare an attribute, an identifier, or `id`.",
            "segments", "/rules/attr", "'trackingId' is kept for the system and cannot be compared."),
        Fault(
            "too_deep", "Rules nest too deep",
            "Rules nest 32 deep at most.",
            "Move the inner part into a segment of its own and refer to it.",
            "segments", "/rules/all/0", "Rules nest at most 32 deep. Move the inner part into a segment of its own and refer to it."),
        Fault(
            "too_many_rules", "A segment has too many rules",
            "A segment has 500 rules at most, groups included.",
            "Move a part into a segment of its own and refer to it.",
            "segments", "/rules", "A segment takes at most 500 rules, groups included. Move a part into a segment of its own and refer to it."),
        Fault(
            "rule_too_large", "The rule becomes too large",
            "With the rules of the segments that it refers to, the rule is larger than is evaluated.",
            "Refer to fewer or smaller segments.",
            "segments", "/rules", "With the rules of the segments it refers to, this makes more than 10,000 rules. Refer to fewer or smaller segments."),
        Fault(
            "segment_cycle", "A reference leads back",
            "A segment refers, through others, to itself.",
            "Remove one of the references that `detail` names.",
            "segments/seg_01K9", "/rules/segment", "The reference leads back to where it comes from: loyal → vip → loyal. Remove one of these references."),
        Fault(
            "unknown_segment", "There is no such segment",
            "The id is that of no segment.",
            "`GET /api/v1/segments` lists them.",
            "destinations", "/source/segmentId", "There is no segment 'seg_01K9'."),
    ];
}
