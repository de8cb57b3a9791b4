export { bidCommitment, bidSalt, type Bid } from "./bids.js";
export { loanDomain, type LoanDomain } from "./loans.js";
export { caliberAbi } from "./generated/caliber.js";
export { collateralAuctionAbi } from "./generated/collateral-auction.js";
export {
  caliberCustodyNames,
  collateralAuctionStatusNames,
  loanPoolStatusNames,
  qevAuctionPhaseNames,
  qevAuctionRequestStateNames,
} from "./generated/enums.js";
export { errorsAbi } from "./generated/errors.js";
export { loanPoolAbi } from "./generated/loan-pool.js";
export { qevAuctionAbi } from "./generated/qev-auction.js";
export { susdaiAbi } from "./generated/susdai.js";
export { swapAdapterAbi } from "./generated/swap-adapter.js";
export { loanTermsTypes, type LoanTerms } from "./generated/terms.js";
export { usdaiAbi } from "./generated/usdai.js";
