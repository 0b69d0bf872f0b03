using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.LocalHost.Functions;

/// <summary>
/// A part of the runtime that adds triggers and bindings, as durable orchestrations do. Registered as a singleton of this
/// interface; it may inject <see cref="FunctionInvoker"/>, <see cref="Time.IWorkClock"/>, <see cref="Time.RunningWork"/> and
/// <see cref="Storage.IRuntimeStorage"/>.
/// </summary>
internal interface IRuntimeExtension
{
    /// <summary>Trigger attributes by the name of their binding, e.g. <c>orchestrationTrigger</c>. A function with such a parameter is
    /// indexed and left to the extension to invoke.</summary>
    IReadOnlyDictionary<Type, string> Triggers { get; }

    /// <summary>Input binding attributes by the name of their binding, e.g. <c>durableClient</c>.</summary>
    IReadOnlyDictionary<Type, string> Inputs { get; }

    /// <summary>The value of a parameter that carries one of the attributes of <see cref="Inputs"/>.</summary>
    object? BindInput(Attribute attribute, ParameterInfo parameter, FunctionContext context);

    /// <summary>Checks the functions found and starts working. Called before timers and HTTP.</summary>
    Task StartAsync(FunctionIndex functions, CancellationToken cancellationToken);

    /// <summary>Takes no new work; what runs is drained afterwards, as <see cref="Time.RunningWork"/> says.</summary>
    Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Stops as if the process had been killed: from now on nothing is written. For tests of crashes within one process.</summary>
    void Abandon();
}
