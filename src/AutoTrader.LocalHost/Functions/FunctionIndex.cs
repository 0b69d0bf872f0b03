using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace AutoTrader.LocalHost.Functions;

/// <summary>The functions of the app, found by reflection and checked, in alphabetical order of their names.</summary>
internal sealed partial class FunctionIndex
{
    public const string HttpTrigger = "httpTrigger";
    public const string TimerTrigger = "timerTrigger";

    private readonly Dictionary<Type, string> _triggers;
    private readonly IReadOnlyList<IRuntimeExtension> _extensions;

    /// <exception cref="FunctionIndexingException">The real host would not load a function, or two functions have the same
    /// name.</exception>
    public FunctionIndex(IEnumerable<Type> types, IEnumerable<IRuntimeExtension> extensions)
    {
        _extensions = [.. extensions];
        _triggers = _extensions
            .SelectMany(extension => extension.Triggers)
            .Append(new(typeof(HttpTriggerAttribute), HttpTrigger))
            .Append(new(typeof(TimerTriggerAttribute), TimerTrigger))
            .ToDictionary(pair => pair.Key, pair => pair.Value);

        var functions = types.SelectMany(FunctionMethods).Select(it => Describe(it.Method, it.Name)).ToList();
        foreach (var same in functions.GroupBy(function => function.Name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1))
        {
            throw new FunctionIndexingException(
                $"The function name '{same.Key}' is used by "
                    + $"{string.Join(" and ", same.Select(function => function.Definition.EntryPoint))}."
            );
        }
        All = [.. functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)];
    }

    public ImmutableArray<FunctionDescriptor> All { get; }

    /// <summary>The functions with a trigger of the given attribute.</summary>
    public IEnumerable<FunctionDescriptor> WithTrigger<T>()
        where T : TriggerBindingAttribute => All.Where(function => function.Trigger is T);

    private static IEnumerable<(MethodInfo Method, string Name)> FunctionMethods(Type type) =>
        from method in type.GetMethods(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
        )
        let attribute = method.GetCustomAttribute<FunctionAttribute>()
        where attribute is not null
        select (method, attribute.Name);

    private FunctionDescriptor Describe(MethodInfo method, string name)
    {
        var where = $"Function '{name}' ({method.DeclaringType!.FullName}.{method.Name})";
        if (!NamePattern().IsMatch(name))
        {
            throw new FunctionIndexingException($"{where}: a name starts with a letter and has at most 128 letters, digits, '-' and '_'.");
        }
        if (!method.IsPublic || !method.DeclaringType.IsVisible)
        {
            throw new FunctionIndexingException($"{where}: functions and their classes are public.");
        }
        if (method.DeclaringType.IsAbstract && !method.IsStatic)
        {
            throw new FunctionIndexingException($"{where}: its class cannot be created.");
        }

        var triggers = method
            .GetParameters()
            .Select(parameter => (Parameter: parameter, Attribute: parameter.GetCustomAttribute<TriggerBindingAttribute>()))
            .Where(pair => pair.Attribute is not null)
            .ToList();
        if (triggers is not [var (triggerParameter, trigger)])
        {
            throw new FunctionIndexingException($"{where}: exactly one parameter has a trigger attribute.");
        }
        if (!_triggers.TryGetValue(trigger!.GetType(), out var triggerType))
        {
            throw new FunctionIndexingException($"{where}: the local host does not support {trigger.GetType().Name}.");
        }

        CheckTrigger(where, method, triggerParameter, trigger);
        var inputs = new List<BindingMetadata>();
        var binders = method.GetParameters().Select(parameter => Binder(where, parameter, trigger, triggerType, inputs)).ToImmutableArray();
        BindingMetadata[] outputs =
            trigger is HttpTriggerAttribute ? [new LocalBindingMetadata("$return", "http", BindingDirection.Out)] : [];
        return new FunctionDescriptor
        {
            Name = name,
            Method = method,
            Trigger = trigger,
            TriggerParameter = triggerParameter,
            TriggerType = triggerType,
            Binders = binders,
            Definition = new LocalFunctionDefinition(name, method, inputs, outputs),
        };
    }

    private static void CheckTrigger(string where, MethodInfo method, ParameterInfo parameter, TriggerBindingAttribute trigger)
    {
        switch (trigger)
        {
            case HttpTriggerAttribute http:
                if (parameter.ParameterType != typeof(HttpRequest))
                {
                    throw new FunctionIndexingException($"{where}: an HTTP trigger is a parameter of type HttpRequest.");
                }
                if (http.AuthLevel is AuthorizationLevel.User or AuthorizationLevel.System)
                {
                    throw new FunctionIndexingException($"{where}: the local host supports the levels Anonymous, Function and Admin.");
                }
                var result = Result(method.ReturnType);
                if (result != typeof(void) && !typeof(IResult).IsAssignableFrom(result))
                {
                    throw new FunctionIndexingException(
                        $"{where}: returns {result.Name}; an HTTP function returns an IResult, a Task of one, or nothing."
                    );
                }
                break;
            case TimerTriggerAttribute when parameter.ParameterType != typeof(TimerInfo):
                throw new FunctionIndexingException($"{where}: a timer trigger is a parameter of type TimerInfo.");
            default:
                break;
        }
    }

    private static Type Result(Type returned) =>
        returned == typeof(Task) ? typeof(void)
        : returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(Task<>) ? returned.GetGenericArguments()[0]
        : returned;

    private ParameterBinder Binder(
        string where,
        ParameterInfo parameter,
        TriggerBindingAttribute trigger,
        string triggerType,
        List<BindingMetadata> inputs
    )
    {
        if (parameter.GetCustomAttribute<TriggerBindingAttribute>() is not null)
        {
            inputs.Add(new LocalBindingMetadata(parameter.Name!, triggerType, BindingDirection.In));
            return (_, triggerValue) => triggerValue;
        }

        if (parameter.GetCustomAttribute<InputBindingAttribute>() is { } input)
        {
            var extension = _extensions.FirstOrDefault(extension => extension.Inputs.ContainsKey(input.GetType()))
                ?? throw new FunctionIndexingException($"{where}: the local host does not support {input.GetType().Name}.");
            inputs.Add(new LocalBindingMetadata(parameter.Name!, extension.Inputs[input.GetType()], BindingDirection.In));
            return (context, _) => extension.BindInput(input, parameter, context);
        }

        if (parameter.ParameterType == typeof(FunctionContext))
        {
            return (context, _) => context;
        }
        if (parameter.ParameterType == typeof(CancellationToken))
        {
            return (context, _) => context.CancellationToken;
        }
        if (trigger is OrchestrationTriggerAttribute)
        {
            return (_, triggerValue) => ((IOrchestrationInput)triggerValue!).InputAs(parameter.ParameterType);
        }
        if (trigger is HttpTriggerAttribute { Route: var route } && !InRoute(route, parameter.Name!))
        {
            throw new FunctionIndexingException(
                $"{where}: parameter '{parameter.Name}' is neither a binding nor a part of the route '{route}'."
            );
        }
        return RouteValue.Binder(parameter);
    }

    private static bool InRoute(string? route, string name) =>
        route is not null
        && TemplateParser.Parse(route).Parameters.Any(part => string.Equals(part.Name, name, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(
        "^[A-Za-z][A-Za-z0-9_-]{0,127}$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex NamePattern();
}
