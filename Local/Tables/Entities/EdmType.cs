namespace Azure.Data.Tables;

/// <summary>The types of stored values that JSON alone does not tell apart. The rest needs no annotation.</summary>
internal enum EdmType
{
    None,
    Binary,
    DateTime,
    Double,
    Guid,
    Int64,
}

internal static class EdmTypes
{
    public const string AnnotationSuffix = "@odata.type";

    public static EdmType Parse(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("Edm.Binary"u8) => EdmType.Binary,
        _ when name.SequenceEqual("Edm.DateTime"u8) => EdmType.DateTime,
        _ when name.SequenceEqual("Edm.Double"u8) => EdmType.Double,
        _ when name.SequenceEqual("Edm.Guid"u8) => EdmType.Guid,
        _ when name.SequenceEqual("Edm.Int64"u8) => EdmType.Int64,
        _ => EdmType.None,
    };
}
