using System.Collections.ObjectModel;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace AutoTrader.LocalRuntime.Tests.Contracts;

/// <summary>Prints a public type and its members as signatures.txt does.</summary>
internal static class SignaturePrinter
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
        [typeof(byte)] = "byte",
        [typeof(decimal)] = "decimal",
    };

    public static TypeSignature Print(Type type) => new()
    {
        Name = $"{type.Namespace}.{NestedName(type)}",
        Header = Header(type),
        Interfaces = Interfaces(type),
        Members = type.IsEnum || IsDelegate(type) ? [] : [.. Members(type)],
    };

    private static string Header(Type type)
    {
        var attributes = string.Concat(type.GetCustomAttributesData().Select(Attribute).Where(text => text.Length > 0).Select(text => text + " "));
        if (type.IsEnum)
            return $"{attributes}public enum {type.Name} {{ {string.Join(", ", Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}"))} }}";
        if (IsDelegate(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"{attributes}public delegate {Returned(invoke)} {NestedName(type)}({Parameters(invoke)});";
        }

        var kind = type.IsInterface ? "interface"
            : type.IsValueType ? "struct"
            : (type.IsAbstract, type.IsSealed) switch { (true, true) => "static ", (true, false) => "abstract ", (false, true) => "sealed ", _ => "" } + (IsRecord(type) ? "record" : "class");
        var basis = type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? $" : {new NullableFlags(type, type).Name(parent)}" : "";
        return $"{attributes}public {kind} {NestedName(type)}{basis}{Constraints(type.GetGenericArguments())}";
    }

    private static SortedSet<string> Interfaces(Type type) => type.IsEnum || IsDelegate(type)
        ? []
        : new SortedSet<string>(
            type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? [])
                .Where(one => !(one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEquatable<>)))
                .Select(one => Simple(one)),
            StringComparer.Ordinal);

    private static IEnumerable<MemberSignature> Members(Type type)
    {
        foreach (var constructor in type.GetConstructors(Declared).Where(one => !one.IsStatic && IsOpen(one)))
        {
            // A struct's own, and the copy constructor of a record, are not written by anyone.
            if (IsRecord(type) && constructor.GetParameters() is [{ } only] && only.ParameterType == type)
                continue;
            yield return new MemberSignature(".ctor", $"{Obsolete(constructor)}{Access(constructor)}{type.Name.Split('`')[0]}({Parameters(constructor)});");
        }

        foreach (var field in type.GetFields(Declared).Where(field => field.IsPublic))
        {
            var modifiers = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
            var value = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue(), field.FieldType)}" : "";
            yield return new MemberSignature(field.Name, $"public {modifiers}{new NullableFlags(field, type).Name(field.FieldType)} {field.Name}{value};");
        }

        foreach (var property in type.GetProperties(Declared))
        {
            var (get, set) = (Open(property.GetMethod), Open(property.SetMethod));
            if ((get ?? set) is not { } accessor || (IsRecord(type) && property.Name == "EqualityContract"))
                continue;
            var setter = set is null ? "" : set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; ";
            yield return new MemberSignature(
                property.Name,
                $"{Obsolete(property)}{Access(accessor)}{Modifiers(accessor)}{new NullableFlags(property, type).Name(property.PropertyType)} {property.Name} {{ {(get is null ? "" : "get; ")}{setter}}}");
        }

        foreach (var method in type.GetMethods(Declared).Where(method => IsOpen(method) && method.Name != "GetHashCode"))
        {
            var isAccessor = method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);
            var isGenerated = method.IsDefined(typeof(CompilerGeneratedAttribute)) && (!type.IsValueType || method.Name is "Deconstruct" or "PrintMembers");
            // The list has no ToString of records, whether it was written or not.
            isGenerated |= IsRecord(type) && method.Name == nameof(ToString);
            if (isAccessor || isGenerated || method.Name.Contains('<', StringComparison.Ordinal))
                continue;
            var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
            yield return new MemberSignature(
                method.Name,
                $"{Obsolete(method)}{Access(method)}{Modifiers(method)}{Returned(method)} {method.Name}{generic}({Parameters(method)}){Constraints(method.GetGenericArguments())};");
        }
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select((parameter, index) =>
    {
        var prefix = index == 0 && method.IsDefined(typeof(ExtensionAttribute)) ? "this "
            : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params "
            : parameter.IsOut ? "out "
            : "";
        var type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        var value = parameter.HasDefaultValue ? $" = {Literal(parameter.DefaultValue, type)}" : "";
        return $"{prefix}{new NullableFlags(parameter, method).Name(type)} {parameter.Name}{value}";
    }));

    private static string Returned(MethodInfo method) => new NullableFlags(method.ReturnParameter, method).Name(method.ReturnType);

    private static string Literal(object? value, Type type) => value switch
    {
        null => type.IsValueType ? "default" : "null",
        bool flag => flag ? "true" : "false",
        string text => $"\"{text}\"",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
    {
        var attributes = argument.GenericParameterAttributes;
        List<string> parts = [];
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            parts.Add("class");
        parts.AddRange(argument.GetGenericParameterConstraints().Select(Simple));
        return parts.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", parts)}";
    }));

    private static string Attribute(CustomAttributeData data)
    {
        if (data.AttributeType == typeof(AttributeUsageAttribute))
        {
            var targets = (AttributeTargets)(int)data.ConstructorArguments[0].Value!;
            return $"[AttributeUsage({targets}{string.Concat(data.NamedArguments.Select(argument => $", {argument.MemberName} = {argument.TypedValue.Value}"))})]";
        }

        return data.AttributeType == typeof(ObsoleteAttribute) ? ObsoleteText(data.ConstructorArguments) : "";
    }

    private static string ObsoleteText(IList<CustomAttributeTypedArgument> arguments) => arguments is [{ Value: "Experimental" }] ? "[Obsolete(\"Experimental\")]" : "[Obsolete]";

    private static string Obsolete(MemberInfo member) => member.IsDefined(typeof(ObsoleteAttribute)) ? "[Obsolete] " : "";

    private static string Access(MethodBase method) => method.DeclaringType!.IsInterface ? "" : method.IsPublic ? "public " : "protected ";

    private static string Modifiers(MethodInfo method) => method switch
    {
        { DeclaringType.IsInterface: true } => "",
        { IsStatic: true } => "static ",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true } when method.GetBaseDefinition().DeclaringType != method.DeclaringType => "override ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => "",
    };

    private static MethodInfo? Open(MethodInfo? method) => method is not null && IsOpen(method) ? method : null;

    private static bool IsOpen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsDelegate(Type type) => type.IsSubclassOf(typeof(Delegate));

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$", Declared) is not null;

    private static string NestedName(Type type) => (type.IsNested ? NestedName(type.DeclaringType!) + "." : "") + GenericName(type);

    private static string GenericName(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(argument => argument.Name))}>"
        : type.Name;

    // Without the annotations of nullability, which base types, interfaces and constraints carry nowhere that matters to a caller.
    private static string Simple(Type type) => new NullableFlags(0).Name(type);

    /// <summary>The annotations of nullability of one place, in the order in which the compiler writes them: depth first.</summary>
    private sealed class NullableFlags
    {
        private readonly byte[] _flags;
        private int _next;

        public NullableFlags(byte every) => _flags = [every];

        public NullableFlags(ParameterInfo parameter, MethodBase method) => _flags = Find(parameter.GetCustomAttributesData()) ?? [Context(method)];

        public NullableFlags(MemberInfo member, Type type) => _flags = Find(member.GetCustomAttributesData())
            ?? [member is PropertyInfo property ? Context(property.GetMethod ?? property.SetMethod!) : Context(type)];

        public string Name(Type type)
        {
            if (Nullable.GetUnderlyingType(type) is { } value)
            {
                Take();
                return Name(value) + "?";
            }

            if (type.IsArray)
            {
                var mark = Mark(type);
                return Name(type.GetElementType()!) + "[]" + mark;
            }

            if (type.IsGenericType)
            {
                var mark = type.IsValueType ? Mark(typeof(string), ignore: true) : Mark(type);
                return $"{Outer(type)}{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>{mark}";
            }

            return Outer(type) + (Keywords.TryGetValue(type, out var keyword) ? keyword : type.Name) + (type.IsValueType ? "" : Mark(type));
        }

        private static string Outer(Type type) => type is { IsNested: true, IsGenericParameter: false } ? NestedName(type.DeclaringType!) + "." : "";

        private static byte[]? Find(IEnumerable<CustomAttributeData> attributes) =>
            attributes.FirstOrDefault(data => data.AttributeType.Name == "NullableAttribute")?.ConstructorArguments[0].Value switch
            {
                byte one => [one],
                ReadOnlyCollection<CustomAttributeTypedArgument> many => [.. many.Select(item => (byte)item.Value!)],
                _ => null,
            };

        private static byte Context(MemberInfo? member)
        {
            for (; member is not null; member = member.DeclaringType)
            {
                if (member.GetCustomAttributesData().FirstOrDefault(data => data.AttributeType.Name == "NullableContextAttribute") is { } context)
                    return (byte)context.ConstructorArguments[0].Value!;
            }

            return 0;
        }

        private string Mark(Type type, bool ignore = false) => Take() == 2 && !ignore && !type.IsValueType ? "?" : "";

        private byte Take() => _flags.Length == 1 ? _flags[0] : _flags[_next++];
    }
}

internal sealed record TypeSignature
{
    public required string Name { get; init; }

    /// <summary>Attributes, kind, name and base type; the whole of an enum or delegate.</summary>
    public required string Header { get; init; }

    public required SortedSet<string> Interfaces { get; init; }

    public required IReadOnlyList<MemberSignature> Members { get; init; }
}

internal sealed record MemberSignature(string Name, string Text);
