using System.Collections.Immutable;
using AutoTrader.LocalHost.Functions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.LocalHost.Http;

/// <summary>A function that HTTP requests can reach, with its route.</summary>
internal sealed class HttpFunction
{
    private readonly TemplateMatcher _matcher;
    private readonly ImmutableArray<(string Parameter, IRouteConstraint Constraint)> _constraints;

    /// <exception cref="FunctionIndexingException">The route cannot be parsed.</exception>
    public HttpFunction(FunctionDescriptor function, string prefix, AppSettings settings, IInlineConstraintResolver constraints)
    {
        Function = function;
        Trigger = (HttpTriggerAttribute)function.Trigger;
        var route = settings.Resolve(function.Name, Trigger.Route ?? function.Name).Trim('/');
        Route = prefix.Length == 0 ? route : $"{prefix}/{route}";
        try
        {
            Template = TemplateParser.Parse(Route);
        }
        catch (Exception failure) when (failure is ArgumentException or Microsoft.AspNetCore.Routing.Patterns.RoutePatternException)
        {
            throw new FunctionIndexingException($"Function '{function.Name}': the route '{Route}' cannot be parsed: {failure.Message}");
        }

        var defaults = new RouteValueDictionary();
        foreach (var parameter in Template.Parameters.Where(parameter => parameter.DefaultValue is not null))
        {
            defaults[parameter.Name!] = parameter.DefaultValue;
        }
        _matcher = new TemplateMatcher(Template, defaults);
        Constraints = Template.Parameters.ToImmutableDictionary(
            parameter => parameter.Name!,
            parameter => parameter.InlineConstraints.Select(inline => Resolve(inline.Constraint)).ToImmutableArray(),
            StringComparer.OrdinalIgnoreCase
        );
        _constraints = [.. Constraints.SelectMany(pair => pair.Value.Select(constraint => (pair.Key, constraint)))];

        IRouteConstraint Resolve(string constraint) =>
            constraints.ResolveConstraint(constraint)
            ?? throw new FunctionIndexingException(
                $"Function '{function.Name}': the route '{Route}' has an unknown constraint '{constraint}'."
            );
    }

    public FunctionDescriptor Function { get; }

    public HttpTriggerAttribute Trigger { get; }

    /// <summary>The whole route, with the prefix.</summary>
    public string Route { get; }

    public RouteTemplate Template { get; }

    /// <summary>The constraints of each parameter of the route.</summary>
    public ImmutableDictionary<string, ImmutableArray<IRouteConstraint>> Constraints { get; }

    /// <summary>Upper-case methods; empty for any.</summary>
    public ImmutableHashSet<string> Methods =>
        Trigger.Methods is { Length: > 0 } methods ? [.. methods.Select(method => method.ToUpperInvariant())] : [];

    /// <summary>Whether the function takes requests of a method.</summary>
    public bool Takes(string method) =>
        Trigger.Methods is not { Length: > 0 } methods || methods.Contains(method, StringComparer.OrdinalIgnoreCase);

    /// <returns>The values of the route, or null when the address is not that of this function.</returns>
    public RouteValueDictionary? Match(HttpContext http)
    {
        var values = new RouteValueDictionary();
        if (!_matcher.TryMatch(http.Request.Path, values))
        {
            return null;
        }
        foreach (var (parameter, constraint) in _constraints)
        {
            // An optional part that is absent meets every constraint.
            if (
                values.TryGetValue(parameter, out var value)
                && value is not null
                && !constraint.Match(http, route: null, parameter, values, RouteDirection.IncomingRequest)
            )
            {
                return null;
            }
        }

        return values;
    }
}
