using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Filters of destinations, and categories in mappings.</summary>
    private static ImmutableArray<ProblemPage> Filters =>
    [
        Fault(
            "required_field", "The field cannot be left out",
            "The platform finds members by the field, or takes none without it.",
            "Leave the field in. To keep members from the destination, drop them.",
            "destinations", "/filters/0/fields/0", "'email' cannot be left out: the platform finds the member by it, or takes none without it. To keep members from the destination, drop them."),
        Fault(
            "segment_of_profiles", "A segment is one of profiles",
            "The members are rows of a query, of which no segment is known.",
            "Compare columns of the query.",
            "destinations", "/filters/0/if/segment", "The members are rows of a query, and a segment is one of profiles. Compare columns of the query."),
        Fault(
            "too_fine", "The percentage is too fine",
            "Members are dealt into 10,000 buckets, so that a share has two decimals at most.",
            "Round it.",
            "destinations", "/filters/0/percent", "'percent' is 33.333; members are dealt into 10,000 buckets, so it has at most two decimals."),
        Fault(
            "name_missing", "All attributes would go into one field",
            "The `to` of a category is a template for the names of its fields.",
            "Write `{{name}}`, or `{{suffix}}` for the name without the category.",
            "destinations", "/mapping/1/to", "All attributes of the category would go into one field. Write {{name}}, or {{suffix}} for the name without the category."),
        Fault(
            "empty_category", "The category is empty so far",
            "No attribute of that category was ever sent; its fields come with them.",
            "Look at its spelling: `GET /api/v1/catalog/attributes` shows the category of each attribute.",
            "destinations", "/mapping/1/category", "There is no attribute of the category 'ordrs' so far; its fields come with them. Did you mean 'orders'?"),
        Fault(
            "attribute_left_out", "An attribute of the category is left out",
            "Its field could not be sent: `detail` says why.",
            "Give it an entry of its own, or leave it.",
            "destinations", "/mapping/1/category", "'order.First Name' is left out: 'First Name' cannot be a field of this platform."),
    ];
}
