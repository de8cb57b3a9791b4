//! Three depositors stake; two of them leave, in a hurry and not; the third gains from it.

use alloy_primitives::{B256, U256, keccak256};
use anyhow::Result;
use devnet::Receipt;
use suite::bindings::{IERC20, IQevAuction, IStakedUSDai, ITestToken, IUSDai};
use suite::staking::{DAY, commitment};
use suite::uniswap::dollars;
use suite::wallet::Wallet;
use suite::{Transact, events_of};

use crate::Demo;
use crate::report::{money, only, percent, step};

/// What the auction may spend in the demonstration, in USDai.
const LIMIT: u64 = 25_000;

/// Who stakes how many USDai.
struct Depositor {
    name: &'static str,
    wallet: Wallet,
    staked: U256,
    received: U256,
}

/// A request, and the bid on it.
struct Bid {
    owner: usize,
    request: U256,
    shares: U256,
    discount_bps: u16,
    salt: B256,
}

impl Demo {
    /// A month of staking, bidding and leaving, and the month after it.
    pub(crate) fn stake_and_leave(&mut self) -> Result<()> {
        let mut depositors = self.stake()?;
        let bids = self.request_redemptions(&depositors)?;
        self.seal(&depositors, &bids)?;
        self.reveal(&depositors, &bids)?;
        self.settle(&mut depositors, &bids)?;
        self.print_outcome(&depositors)
    }

    fn stake(&mut self) -> Result<Vec<Depositor>> {
        let actors = self.suite.actors;
        let vault = self.suite.staking()?.vault;
        self.style
            .heading(&format!("{:<74}{:>13}", "Day 1: three depositors stake USDai", "gas"));
        let mut depositors = Vec::new();
        for (name, account, amount) in [
            ("Alice", actors.alice, 50_000),
            ("Bob", actors.bob, 30_000),
            ("Carol", actors.carol, 20_000),
        ] {
            let wallet = Wallet::of(&self.chain, account)?;
            let staked = dollars(amount, 18);
            self.give_usdai(&wallet, amount)?;
            let approve = IERC20::approveCall {
                spender: vault,
                value: U256::MAX,
            };
            wallet.send(&mut self.chain, self.suite.usdai, &approve)?;
            let deposit = IStakedUSDai::deposit_0Call {
                amount: staked,
                receiver: account,
            };
            let receipt = wallet.send(&mut self.chain, vault, &deposit)?;
            let shares = only(events_of::<IStakedUSDai::Deposit>(&receipt, vault))?.shares;
            step(
                &format!("{name} stakes {} USDai", money(staked, 18)),
                &format!("{} sUSDai", money(shares, 18)),
                &receipt,
            );
            depositors.push(Depositor {
                name,
                wallet,
                staked,
                received: U256::ZERO,
            });
        }
        self.print_price()?;
        Ok(depositors)
    }

    fn request_redemptions(&mut self, depositors: &[Depositor]) -> Result<Vec<Bid>> {
        let staking = self.suite.staking()?;
        self.day(10)?;
        self.style
            .heading("Day 10: the reserves have earned, and two want to leave");
        self.harvest()?;
        self.print_price()?;
        let mut bids = Vec::new();
        for (owner, amount, discount_bps) in [(1, 20_000, 300), (2, 15_000, 150)] {
            let Depositor { name, wallet, .. } = &depositors[owner];
            let shares = dollars(amount, 18);
            let call = IStakedUSDai::requestRedeemCall {
                shares,
                controller: wallet.address(),
                owner: wallet.address(),
            };
            let receipt = wallet.send(&mut self.chain, staking.vault, &call)?;
            let request = only(events_of::<IStakedUSDai::RedeemRequest>(&receipt, staking.vault))?.requestId;
            let ahead = self
                .chain
                .view(staking.auction, &IQevAuction::requestCall { requestId: request })
                .sharesAhead;
            step(
                &format!("{name} requests {} sUSDai", money(shares, 18)),
                &format!("request {request}, {} ahead", money(ahead, 18)),
                &receipt,
            );
            bids.push(Bid {
                owner,
                request,
                shares,
                discount_bps,
                salt: keccak256(format!("{name}'s secret")),
            });
        }
        self.style
            .note("The queue is served in order from day 31 on. Who will not wait bids a discount for going first.");
        Ok(bids)
    }

    fn seal(&mut self, depositors: &[Depositor], bids: &[Bid]) -> Result<()> {
        let staking = self.suite.staking()?;
        self.day(20)?;
        self.style.heading("Day 20: they seal their bids");
        let announce = IStakedUSDai::announceLimitCall {
            epoch: U256::ZERO,
            assets: dollars(LIMIT, 18),
        };
        let receipt = self.strategist()?.send(&mut self.chain, staking.vault, &announce)?;
        step(
            "the manager announces a limit",
            &format!("{} USDai", money(dollars(LIMIT, 18), 18)),
            &receipt,
        );
        for bid in bids {
            let Depositor { name, wallet, .. } = &depositors[bid.owner];
            let commitment = commitment(
                self.chain.config().chain_id,
                staking.auction,
                0,
                bid.request,
                bid.discount_bps,
                bid.salt,
            );
            let call = IStakedUSDai::commitBidCall {
                requestId: bid.request,
                commitment,
            };
            let receipt = wallet.send(&mut self.chain, staking.vault, &call)?;
            let hash = commitment.to_string();
            step(
                &format!("{name} seals a bid on request {}", bid.request),
                &format!("{}…{}", &hash[..10], &hash[hash.len() - 6..]),
                &receipt,
            );
        }
        self.style
            .note("Nothing on the chain tells their discounts; who does not reveal forfeits 0.50 % of the shares.");
        Ok(())
    }

    fn reveal(&mut self, depositors: &[Depositor], bids: &[Bid]) -> Result<()> {
        let staking = self.suite.staking()?;
        self.day(28)?;
        self.style.heading("Day 28: they reveal");
        for bid in bids {
            let Depositor { name, wallet, .. } = &depositors[bid.owner];
            let call = IQevAuction::revealBidCall {
                requestId: bid.request,
                discountBps: bid.discount_bps,
                salt: bid.salt,
            };
            let receipt = wallet.send(&mut self.chain, staking.auction, &call)?;
            step(
                &format!("{name} reveals the bid on request {}", bid.request),
                &percent(U256::from(bid.discount_bps)),
                &receipt,
            );
        }
        let levels = self
            .chain
            .view(staking.auction, &IQevAuction::levelsCall { epoch: U256::ZERO });
        for (discount, shares) in levels.discountsBps.iter().zip(&levels.shares) {
            let bar = "█".repeat((*shares / dollars(1_000, 18)).to());
            println!(
                "  {:>8} {:>14} {}",
                percent(*discount),
                money(*shares, 18),
                self.style.dim(&bar)
            );
        }
        Ok(())
    }

    fn settle(&mut self, depositors: &mut [Depositor], bids: &[Bid]) -> Result<()> {
        let staking = self.suite.staking()?;
        let (vault, auction) = (staking.vault, staking.auction);
        let strategist = self.strategist()?;
        self.day(31)?;
        self.style
            .heading("Day 31: the auction is settled, then the queue is served");
        let receipt = strategist.send(&mut self.chain, vault, &IStakedUSDai::settleAuctionCall {})?;
        let result = self
            .chain
            .view(auction, &IQevAuction::epochResultCall { epoch: U256::ZERO });
        step(
            &format!("all winners pay {}", percent(result.clearingDiscountBps)),
            &format!("{} USDai", money(result.assets, 18)),
            &receipt,
        );
        self.style.note(&format!(
            "{} sUSDai were bought; the discount, {} USDai, stays with those who stay.",
            money(result.filledShares, 18),
            money(result.discountEarned, 18)
        ));
        for bid in bids {
            let Depositor { name, wallet, .. } = &depositors[bid.owner];
            let call = IQevAuction::restoreCall { requestId: bid.request };
            let receipt = wallet.send(&mut self.chain, auction, &call)?;
            let earned = only(events_of::<IQevAuction::RedemptionProcessed>(&receipt, auction))?;
            let back = match earned.pendingShares {
                rest if rest.is_zero() => "nothing comes back".into(),
                rest => format!("{} back in the queue", money(rest, 18)),
            };
            step(
                &format!("{name} won {}", money(earned.fulfilledShares, 18)),
                &back,
                &receipt,
            );
        }
        let rest = self.chain.view(auction, &IQevAuction::unservicedSharesCall {}).eligible;
        let call = IStakedUSDai::serviceRedemptionsCall { shares: rest };
        let receipt = strategist.send(&mut self.chain, vault, &call)?;
        let serviced = only(events_of::<IStakedUSDai::RedemptionsServiced>(&receipt, vault))?;
        step(
            &format!("the queue: {} sUSDai at full price", money(serviced.shares, 18)),
            &format!("{} USDai", money(serviced.amount, 18)),
            &receipt,
        );
        for bid in bids {
            let depositor = &mut depositors[bid.owner];
            let account = depositor.wallet.address();
            let call = IStakedUSDai::redeemCall {
                shares: bid.shares,
                receiver: account,
                controller: account,
            };
            let receipt = depositor.wallet.send(&mut self.chain, vault, &call)?;
            let paid = only(events_of::<IStakedUSDai::Withdraw>(&receipt, vault))?.assets;
            depositor.received = paid;
            step(
                &format!("{} claims for {} sUSDai", depositor.name, money(bid.shares, 18)),
                &format!("{} USDai", money(paid, 18)),
                &receipt,
            );
        }
        self.print_price()
    }

    fn print_outcome(&mut self, depositors: &[Depositor]) -> Result<()> {
        let staking = self.suite.staking()?;
        self.day(61)?;
        self.style.heading("Day 61: the discount has vested");
        self.harvest()?;
        self.print_price()?;
        let result = self
            .chain
            .view(staking.auction, &IQevAuction::epochResultCall { epoch: U256::ZERO });
        let total = self.chain.view(staking.vault, &IStakedUSDai::totalSharesCall {});
        self.style.heading("What became of their dollars");
        println!(
            "  {:<12}{:>16}{:>18}{:>20}{:>12}{:>18}",
            "", "staked", "left with", "still holds, worth", "gain", "of it discount"
        );
        for Depositor {
            name,
            wallet,
            staked,
            received,
        } in depositors
        {
            let account = wallet.address();
            let shares = self.chain.view(staking.vault, &IERC20::balanceOfCall { account });
            let worth = self
                .chain
                .view(staking.vault, &IStakedUSDai::convertToAssetsCall { shares });
            let left = *received + worth;
            let gain = match left.checked_sub(*staked) {
                Some(gain) => money(gain, 18),
                None => format!("−{}", money(*staked - left, 18)),
            };
            let of_discount = result.discountEarned * shares / total;
            println!(
                "  {name:<12}{:>16}{:>18}{:>20}{:>12}{:>18}",
                money(*staked, 18),
                money(*received, 18),
                money(worth, 18),
                gain,
                money(of_discount, 18),
            );
        }
        self.style.note(
            "Who left early paid the discount on what the auction bought; who stayed has the yield and his part of it.",
        );
        Ok(())
    }

    fn harvest(&mut self) -> Result<()> {
        let vault = self.suite.staking()?.vault;
        let receipt: Receipt =
            self.strategist()?
                .send(&mut self.chain, vault, &IStakedUSDai::harvestBaseYieldCall {})?;
        let harvested = only(events_of::<IStakedUSDai::BaseYieldDeposited>(&receipt, vault))?;
        step(
            "the yield of the reserves is harvested",
            &format!(
                "{} USDai, fee {}",
                money(harvested.depositedAmount, 18),
                money(harvested.adminFee, 18)
            ),
            &receipt,
        );
        Ok(())
    }

    fn print_price(&self) -> Result<()> {
        let vault = self.suite.staking()?.vault;
        let price = self.chain.view(vault, &IStakedUSDai::redemptionSharePriceCall {});
        let books = self.chain.view(vault, &IStakedUSDai::booksCall {});
        let unvested = match books.unvested {
            none if none.is_zero() => String::new(),
            unvested => format!(", {} of it still vesting", money(unvested, 18)),
        };
        self.style.note(&format!(
            "one sUSDai is worth {} USDai; idle {} USDai{unvested}",
            precisely(price),
            money(books.idle, 18)
        ));
        Ok(())
    }

    pub(crate) fn strategist(&self) -> Result<Wallet> {
        Wallet::of(&self.chain, self.suite.actors.strategist)
    }

    /// Gives an account wM and mints USDai with it.
    pub(crate) fn give_usdai(&mut self, wallet: &Wallet, amount: u64) -> Result<()> {
        let (wm, usdai) = (self.suite.tokens.wm, self.suite.usdai);
        let units = dollars(amount, wm.decimals);
        let mint = ITestToken::mintCall {
            to: wallet.address(),
            amount: units,
        };
        self.chain
            .transact(self.suite.actors.admin, wm.token, &mint)
            .receipt()?;
        let approve = IERC20::approveCall {
            spender: usdai,
            value: U256::MAX,
        };
        wallet.send(&mut self.chain, wm.token, &approve)?;
        let deposit = IUSDai::deposit_0Call {
            depositToken: wm.token,
            depositAmount: units,
            usdaiAmountMinimum: dollars(amount, 18),
            recipient: wallet.address(),
        };
        wallet.send(&mut self.chain, usdai, &deposit)?;
        Ok(())
    }

    /// Lets time pass until so many days after the chain's first block.
    pub(crate) fn day(&mut self, day: u64) -> Result<()> {
        let timestamp = self.chain.config().genesis_timestamp + day * DAY;
        if timestamp > self.chain.timestamp() {
            self.chain.set_next_block_timestamp(timestamp)?;
            self.chain.mine(1);
        }
        Ok(())
    }
}

/// A price with six decimals.
pub(crate) fn precisely(price: U256) -> String {
    let micros = price / U256::from(10).pow(U256::from(12));
    let one = U256::from(1_000_000);
    format!("{}.{:06}", micros / one, (micros % one).to::<u64>())
}
