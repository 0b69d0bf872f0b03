using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.LocalHost.Functions;

/// <summary>Binds a parameter by its name from the binding data, which are the values of the route.</summary>
internal static class RouteValue
{
    public static ParameterBinder Binder(ParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        var converter = TypeDescriptor.GetConverter(type);
        var absent =
            parameter.HasDefaultValue ? parameter.DefaultValue
            : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)
            : null;
        return (context, _) =>
            Value(context) switch
            {
                null => absent,
                var value when type.IsInstanceOfType(value) => value,
                var value => converter.ConvertFrom(
                    context: null,
                    CultureInfo.InvariantCulture,
                    Convert.ToString(value, CultureInfo.InvariantCulture)!
                ),
            };

        object? Value(FunctionContext context) => context.BindingContext.BindingData.GetValueOrDefault(parameter.Name!);
    }
}
