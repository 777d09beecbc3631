using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Serialization;

namespace Azure.Data.Tables;

/// <summary>Rows as named values and back: dictionaries as they are, other classes by their public properties.</summary>
internal static class EntityProperties
{
    private static readonly ConcurrentDictionary<Type, Member[]> Members = new();

    /// <summary>What of a row is sent: not its ETag and Timestamp, which the service sets.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> Of(ITableEntity entity)
    {
        if (entity is not IDictionary<string, object?> dictionary) return OfMembers(entity);
        if (dictionary.FirstOrDefault(property => property.Value is Enum) is { Key: not null } property)
        {
            throw new NotSupportedException($"{property.Key} is an enum: only properties of a class of its own hold enums.");
        }

        return dictionary.Where(property => property.Key is not (PropertyNames.ODataETag or PropertyNames.Timestamp));
    }

    /// <summary>A row from what was read. Stored values without a property are dropped, properties without a value keep theirs.</summary>
    /// <exception cref="InvalidOperationException">A stored value does not fit the property's type.</exception>
    public static T Make<T>(Dictionary<string, object> values) where T : class, ITableEntity
    {
        if (typeof(T) == typeof(TableEntity)) return (T)(object)TableEntity.Over(values);
        var entity = Activator.CreateInstance<T>();
        if (entity is IDictionary<string, object> dictionary)
        {
            foreach (var (name, value) in values) dictionary[name] = value;
            return entity;
        }

        foreach (var member in MembersOf(typeof(T)))
        {
            var name = member.Name is nameof(ITableEntity.ETag) ? PropertyNames.ODataETag : member.Name;
            if (values.TryGetValue(name, out var stored) && Fit(stored, member) is { } value) member.Property.SetValue(entity, value);
        }

        return entity;
    }

    private static IEnumerable<KeyValuePair<string, object?>> OfMembers(ITableEntity entity) =>
        from member in MembersOf(entity.GetType())
        where member.Name is not (nameof(ITableEntity.ETag) or PropertyNames.Timestamp)
        let value = member.Property.GetValue(entity)
        select KeyValuePair.Create(member.Name, value is Enum ? value.ToString() : value);

    private static object? Fit(object stored, Member member)
    {
        var type = Nullable.GetUnderlyingType(member.Property.PropertyType) ?? member.Property.PropertyType;
        return stored switch
        {
            _ when type.IsInstanceOfType(stored) => stored,
            string text when type.IsEnum => Enum.IsDefined(type, text) ? Enum.Parse(type, text) : null,
            string text when type == typeof(ETag) => new ETag(text),
            DateTimeOffset time when type == typeof(DateTime) => time.UtcDateTime,
            byte[] bytes when type == typeof(BinaryData) => new BinaryData(bytes),
            int number when type == typeof(double) => (double)number,
            _ => throw new InvalidOperationException($"{member.Name} is stored as {stored.GetType()} and cannot be read as {type}."),
        };
    }

    private static Member[] MembersOf(Type type) => Members.GetOrAdd(type, static t =>
    [
        .. from property in t.GetProperties(BindingFlags.Public | BindingFlags.Instance)
           where property.GetMethod is not null && property.SetMethod is not null && property.GetIndexParameters() is []
           where property.GetCustomAttribute<IgnoreDataMemberAttribute>() is null
           select new Member(property.GetCustomAttribute<DataMemberAttribute>()?.Name ?? property.Name, property),
    ]);

    private sealed record Member(string Name, PropertyInfo Property);
}
