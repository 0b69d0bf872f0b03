using AutoTrader.LocalHost.Functions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Routing.Template;

namespace AutoTrader.LocalHost.Http;

/// <summary>
/// Finds two functions that can match one method and path. The host would call whichever name comes first, so that renaming a function
/// would change the API.
/// </summary>
internal static class RouteConflicts
{
    /// <exception cref="FunctionIndexingException">There are such functions.</exception>
    public static void Refuse(IReadOnlyList<HttpFunction> functions)
    {
        for (var i = 0; i < functions.Count; i++)
        {
            for (var j = i + 1; j < functions.Count; j++)
            {
                if (MethodsMeet(functions[i], functions[j]) && PathsMeet(functions[i], 0, functions[j], 0))
                {
                    throw new FunctionIndexingException(
                        $"The functions '{functions[i].Function.Name}' ({functions[i].Route}) and '{functions[j].Function.Name}' "
                            + $"({functions[j].Route}) can match the same method and path. Distinguish them by a literal or a constraint."
                    );
                }
            }
        }
    }

    private static bool MethodsMeet(HttpFunction a, HttpFunction b) =>
        a.Methods.IsEmpty || b.Methods.IsEmpty || a.Methods.Overlaps(b.Methods);

    private static bool PathsMeet(HttpFunction a, int i, HttpFunction b, int j)
    {
        var (left, right) = (a.Template.Segments, b.Template.Segments);
        if (i == left.Count || j == right.Count)
        {
            return left.Skip(i).Concat(right.Skip(j)).All(CanBeAbsent);
        }
        if (IsCatchAll(left[i]) || IsCatchAll(right[j]))
        {
            return true;
        }
        return SegmentsMeet(a, left[i], b, right[j]) && PathsMeet(a, i + 1, b, j + 1);
    }

    private static bool CanBeAbsent(TemplateSegment segment) =>
        segment.Parts is [{ IsParameter: true } part] && (part.IsOptional || part.IsCatchAll || part.DefaultValue is not null);

    private static bool IsCatchAll(TemplateSegment segment) => segment.Parts is [{ IsCatchAll: true }];

    private static bool SegmentsMeet(HttpFunction a, TemplateSegment left, HttpFunction b, TemplateSegment right) =>
        (left.Parts, right.Parts) switch
        {
            ([{ IsLiteral: true } x], [{ IsLiteral: true } y]) => string.Equals(x.Text, y.Text, StringComparison.OrdinalIgnoreCase),
            ([{ IsLiteral: true } text], [{ IsParameter: true } parameter]) => Allows(b, parameter, text.Text!),
            ([{ IsParameter: true } parameter], [{ IsLiteral: true } text]) => Allows(a, parameter, text.Text!),
            ([{ IsParameter: true } x], [{ IsParameter: true } y]) => !Disjoint(a, x, b, y),
            // Parts of a segment ("{name}.csv") are not taken apart: they count as able to meet.
            _ => true,
        };

    private static bool Allows(HttpFunction function, TemplatePart parameter, string text)
    {
        var values = new RouteValueDictionary { [parameter.Name!] = text };
        return function
            .Constraints[parameter.Name!]
            .All(constraint => constraint.Match(httpContext: null, route: null, parameter.Name!, values, RouteDirection.IncomingRequest));
    }

    private static bool Disjoint(HttpFunction a, TemplatePart x, HttpFunction b, TemplatePart y)
    {
        var (left, right) = (a.Constraints[x.Name!], b.Constraints[y.Name!]);
        return (left.Any(IsNumber) && right.Any(IsNoNumber)) || (left.Any(IsNoNumber) && right.Any(IsNumber));
    }

    private static bool IsNumber(IRouteConstraint constraint) =>
        constraint
            is IntRouteConstraint
                or LongRouteConstraint
                or DecimalRouteConstraint
                or DoubleRouteConstraint
                or FloatRouteConstraint
                or MinRouteConstraint
                or MaxRouteConstraint
                or RangeRouteConstraint;

    private static bool IsNoNumber(IRouteConstraint constraint) =>
        constraint is AlphaRouteConstraint or GuidRouteConstraint or BoolRouteConstraint;
}
