using System.Reflection;
using System.Reflection.Emit;

namespace AutoTrader.Functions.Tests.RealHost;

/// <summary>Reads compiled methods.</summary>
internal static class Instructions
{
    private const int TwoBytes = 0xFE;

    private static readonly Dictionary<short, OpCode> Known = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The methods and constructors that a method calls, in order.</summary>
    public static IReadOnlyList<MethodBase> CallsOf(MethodBase method)
    {
        var bytes = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var calls = new List<MethodBase>();
        for (var at = 0; at < bytes.Length;)
        {
            var code = bytes[at] == TwoBytes ? Known[unchecked((short)((TwoBytes << 8) | bytes[at + 1]))] : Known[bytes[at]];
            at += code.Size;
            if (code.OperandType == OperandType.InlineMethod)
            {
                calls.Add(method.Module.ResolveMethod(BitConverter.ToInt32(bytes, at), method.DeclaringType!.GetGenericArguments(), [])!);
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(bytes, at)),
                _ => 4,
            };
        }

        return calls;
    }
}
