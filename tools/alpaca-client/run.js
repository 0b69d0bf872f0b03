// Uses Alpaca's own client against the server whose address is the argument: everything that the server offers, once.
// Says "ok" at the end; otherwise ends with the error of the first thing that was not as it should be.
const assert = require("node:assert/strict");
const { Alpaca, trading: models } = require("@alpacahq/alpaca-trade-api");

const [address, keyId, secret] = process.argv.slice(2);
const alpaca = new Alpaca({
  keyId,
  secret,
  paper: true,
  retry: false,
  rateLimit: false,
  // The client knows Alpaca's hosts only: every request goes to the server instead.
  fetchApi: (url, init) => fetch(address + new URL(url).pathname + new URL(url).search, init),
});
const { trading, data } = alpaca;
const isDate = (value) => assert.ok(value instanceof Date && !Number.isNaN(value.getTime()), `not a date: ${value}`);
const refused = async (promise, status) => {
  const failure = await promise.then(() => assert.fail("it was not refused"), (error) => error);
  assert.equal(failure.status ?? failure.response?.status, status, String(failure));
};

async function main() {
  const account = await trading.account.getAccount();
  assert.equal(account.accountNumber, "PA3TEST");
  assert.equal(account.status, "ACTIVE");
  assert.equal(account.cash, "98999.97");
  isDate(account.createdAt);

  const clock = await trading.clock.legacyClock();
  assert.equal(clock.isOpen, true);
  isDate(clock.nextOpen);
  isDate(clock.nextClose);
  isDate(clock.timestamp);
  const days = await trading.calendar.legacyCalendar({ start: new Date("2026-02-02T00:00:00Z"), end: new Date("2026-02-06T00:00:00Z") });
  assert.equal(days.length, 5);
  assert.deepEqual([days[0].open, days[0].close, days[2].close], ["09:30", "16:00", "13:00"]);

  const assets = trading.assets;
  const asset = await assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: "AAA" });
  assert.equal(asset.symbol, "AAA");
  assert.deepEqual([asset.status, asset.tradable, asset.fractionable], ["active", true, true]);
  const gone = await assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: "GONE" });
  assert.deepEqual([gone.status, gone.tradable], ["inactive", false]);
  await refused(assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: "NONE" }), 404);

  const [position] = await trading.positions.getAllOpenPositions();
  assert.deepEqual([position.symbol, position.qty, position.qtyAvailable, position.avgEntryPrice], ["AAA", "10", "10", "100"]);
  assert.equal((await trading.positions.getOpenPosition({ symbolOrAssetId: "AAA" })).side, "long");

  const orders = trading.orders;
  const limit = await orders.limit({ symbol: "AAA", qty: "5", side: "buy", limitPrice: "90.5", timeInForce: "gtc", clientOrderId: "node-1" });
  assert.deepEqual([limit.clientOrderId, limit.qty, limit.limitPrice, limit.status, limit.orderClass], ["node-1", "5", "90.5", "pending_new", "simple"]);
  isDate(limit.submittedAt);
  await refused(orders.limit({ symbol: "AAA", qty: "5", side: "buy", limitPrice: "90.5", timeInForce: "gtc", clientOrderId: "node-1" }), 422);
  assert.equal((await orders.getOrderByClientOrderId({ clientOrderId: "node-1" })).id, limit.id);
  assert.equal((await orders.getOrderByOrderID({ orderId: limit.id })).status, "new");
  await refused(orders.getOrderByClientOrderId({ clientOrderId: "node-none" }), 404);
  assert.deepEqual((await orders.getAllOrders({ status: "open", symbols: ["AAA"], limit: 10 })).map((order) => order.id), [limit.id]);

  const successor = await orders.patchOrderByOrderId({ orderId: limit.id, patchOrderRequest: { qty: "6", limitPrice: "91", clientOrderId: "node-2" } });
  assert.deepEqual([successor.replaces, successor.qty, successor.limitPrice], [limit.id, "6", "91"]);
  assert.equal((await orders.getOrderByOrderID({ orderId: limit.id })).replacedBy, successor.id);
  await orders.deleteOrderByOrderID({ orderId: successor.id });
  assert.equal((await orders.getOrderByOrderID({ orderId: successor.id })).status, "canceled");
  await refused(orders.deleteOrderByOrderID({ orderId: successor.id }), 422);

  const oco = await orders.oco({ symbol: "AAA", qty: "4", side: "sell", timeInForce: "gtc", takeProfit: { limitPrice: "110" }, stopLoss: { stopPrice: "95" }, clientOrderId: "node-3" });
  assert.equal(oco.orderClass, "oco");
  assert.deepEqual([oco.legs.length, oco.legs[0].stopPrice, oco.legs[0].status], [1, "95", "held"]);
  const trailing = await orders.trailingStop({ symbol: "AAA", qty: "6", side: "sell", timeInForce: "gtc", trailPercent: "5", clientOrderId: "node-4" });
  assert.deepEqual([trailing.hwm, trailing.stopPrice, trailing.trailPercent], ["100", "95", "5"]);
  await refused(orders.market({ symbol: "AAA", qty: "1", side: "sell", timeInForce: "day" }), 403);
  const canceled = await orders.deleteAllOrders();
  assert.equal(canceled.length, 2);

  // This version of the client takes every activity for one without a trade; its own reader of trades is asked instead.
  const { raw } = await trading.accountActivities.getAccountActivitiesByActivityTypeRaw({ activityType: "FILL", pageSize: 100, direction: "asc" });
  const [fill] = (await raw.json()).map(models.TradingActivitiesFromJSON);
  assert.deepEqual([fill.activityType, fill.symbol, fill.qty, fill.price, fill.cumQty, fill.leavesQty], ["FILL", "AAA", "10", "100", "10", "0"]);
  isDate(fill.transactionTime);

  const [fee] = await trading.accountActivities.getAccountActivities({ category: "non_trade_activity", direction: "asc" });
  assert.deepEqual([fee.id, fee.activityType, fee.netAmount, fee.status], ["20260202::fee", "FEE", "-0.03", "executed"]);

  const { quotes } = await data.stocks.stockLatestQuotes({ symbols: "AAA", feed: "iex" });
  assert.deepEqual([quotes.AAA.bp, quotes.AAA.ap], [100, 100]);
  isDate(quotes.AAA.t);
  const { trades } = await data.stocks.stockLatestTrades({ symbols: "AAA", feed: "iex" });
  assert.equal(trades.AAA.p, 100);
  const bars = await data.stocks.stockBars({ symbols: "AAA", timeframe: "1Min", start: new Date("2026-02-02T14:30:00Z"), end: new Date("2026-02-02T14:31:00Z"), adjustment: "raw", feed: "iex" });
  assert.equal(bars.bars.AAA.length, 1);
  assert.equal(bars.bars.AAA[0].c, 100);
  const actions = await data.corporateActions.corporateActions({ types: "forward_split,reverse_split", start: new Date("2026-02-01T00:00:00Z"), end: new Date("2026-02-10T00:00:00Z") });
  const [split] = actions.corporateActions.forwardSplits;
  assert.deepEqual([split.symbol, split.newRate, split.oldRate], ["AAA", 4, 1]);
  isDate(split.exDate);
  console.log("ok");
}

// Without an exit, the client's own time-outs keep the process alive.
main().then(() => process.exit(0), (failure) => {
  console.error(failure);
  process.exit(1);
});
