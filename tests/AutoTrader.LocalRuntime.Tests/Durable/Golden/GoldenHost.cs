using System.Reflection;
using AutoTrader.LocalRuntime.Durable.Engine;
using AutoTrader.LocalRuntime.Durable.Storage;
using Conformance;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;

namespace AutoTrader.LocalRuntime.Tests.Durable.Golden;

/// <summary>An engine with the orchestrators and activities of the conformance kit.</summary>
internal static class GoldenHost
{
    public static Task<EngineHost> StartAsync(IDurableStore store) => EngineHost.StartAsync(store, Tasks());

    private static DurableTasks Tasks()
    {
        var tasks = new DurableTasks();
        foreach (var method in typeof(Orchestrations).GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            var parameters = method.GetParameters();
            tasks.Orchestrators[method.Name] = context => Await(Call(method, parameters.Length == 1 ? [context] : [context, context.InputAs(parameters[1].ParameterType)]));
        }

        foreach (var method in typeof(Activities).GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            var type = method.GetParameters()[1].ParameterType;
            tasks.Activities[method.Name] = async (instanceId, input) =>
                JsonDataConverter.Default.Serialize(await Await(Call(method, [new Context(method.Name, instanceId), JsonDataConverter.Default.Deserialize(input, type)])));
        }

        return tasks;
    }

    private static Task Call(MethodInfo method, object?[] arguments) => (Task)method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;

    private static async Task<object?> Await(Task task)
    {
        await task;
        var type = task.GetType();
        return type.IsGenericType && type.GetGenericArguments()[0].IsVisible ? type.GetProperty("Result")!.GetValue(task) : null;
    }

    private sealed class Context(string name, string instanceId) : TaskActivityContext
    {
        public override TaskName Name { get; } = name;

        public override string InstanceId => instanceId;
    }
}
