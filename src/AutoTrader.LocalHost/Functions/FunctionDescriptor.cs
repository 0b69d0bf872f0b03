using System.Collections.Immutable;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace AutoTrader.LocalHost.Functions;

/// <summary>Gives the value of one parameter of a function for one invocation.</summary>
internal delegate object? ParameterBinder(FunctionContext context, object? triggerValue);

/// <summary>A function that was found and can be invoked.</summary>
internal sealed record FunctionDescriptor
{
    public required string Name { get; init; }

    public required MethodInfo Method { get; init; }

    /// <summary>The attribute of the trigger parameter; the listener resolves its settings.</summary>
    public required TriggerBindingAttribute Trigger { get; init; }

    /// <summary>The parameter that carries <see cref="Trigger"/>.</summary>
    public required ParameterInfo TriggerParameter { get; init; }

    /// <summary>The name of the trigger's binding: <c>httpTrigger</c>, <c>timerTrigger</c>, ...</summary>
    public required string TriggerType { get; init; }

    /// <summary>One binder per parameter of <see cref="Method"/>.</summary>
    public required ImmutableArray<ParameterBinder> Binders { get; init; }

    public required FunctionDefinition Definition { get; init; }

    public override string ToString() => Name;
}

/// <summary>What an app sees of its function through <see cref="FunctionContext.FunctionDefinition"/>.</summary>
internal sealed class LocalFunctionDefinition : FunctionDefinition
{
    public LocalFunctionDefinition(
        string name,
        MethodInfo method,
        IEnumerable<BindingMetadata> inputs,
        IEnumerable<BindingMetadata> outputs
    )
    {
        Name = name;
        EntryPoint = $"{method.DeclaringType!.FullName}.{method.Name}";
        PathToAssembly = method.DeclaringType.Assembly.Location;
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}|{EntryPoint}")).AsSpan(0, 8));
        Parameters =
        [
            .. method
                .GetParameters()
                .Select(parameter => new FunctionParameter(
                    parameter.Name!,
                    parameter.ParameterType,
                    parameter.HasDefaultValue,
                    parameter.HasDefaultValue ? parameter.DefaultValue : null
                )),
        ];
        InputBindings = inputs.ToImmutableDictionary(binding => binding.Name, StringComparer.Ordinal);
        OutputBindings = outputs.ToImmutableDictionary(binding => binding.Name, StringComparer.Ordinal);
    }

    public override ImmutableArray<FunctionParameter> Parameters { get; }

    public override string PathToAssembly { get; }

    public override string EntryPoint { get; }

    public override string Id { get; }

    public override string Name { get; }

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; }

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; }
}

internal sealed class LocalBindingMetadata(string name, string type, BindingDirection direction) : BindingMetadata
{
    public override string Name { get; } = name;

    public override string Type { get; } = type;

    public override BindingDirection Direction { get; } = direction;
}

/// <summary>A function, or a set of functions, that the real host would not run either; the message names it and says why.</summary>
internal sealed class FunctionIndexingException(string message) : Exception(message);
